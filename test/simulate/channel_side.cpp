#include "simulate/channel_side.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

/// Not Forgery::key: making a stranger's key takes longer than a whole run.
constexpr std::array refused_forgeries{sandbox::Forgery::signature, sandbox::Forgery::serial,
                                       sandbox::Forgery::timestamp, sandbox::Forgery::body,
                                       sandbox::Forgery::probe};
constexpr std::array authentic_forgeries{sandbox::Forgery::foreign_app,
                                         sandbox::Forgery::foreign_mch, sandbox::Forgery::amount};

bool is_authentic(sandbox::Forgery forgery) {
  return std::ranges::find(authentic_forgeries, forgery) != authentic_forgeries.end();
}

}  // namespace

asio::awaitable<std::optional<net::Response>> ask(World& world, Process& process,
                                                  net::Request request, std::int64_t patience_ms) {
  std::optional<net::Response> got;
  auto initiate = [&](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto over = std::make_shared<bool>(false);  // the first of both ends the wait
    auto end = [&world, &got, shared, over](std::optional<net::Response> answer) {
      if (std::exchange(*over, true)) return;
      got = std::move(answer);
      asio::post(world.lane, [shared] { std::move (*shared)(); });
    };
    const std::int64_t until_ms = world.scheduler.now_ms() + patience_ms;
    const auto timeout = world.scheduler.call_at(
        until_ms, [end] { end(std::nullopt); }, &world.lane);
    process.request(std::move(request),
                    [&world, end, timeout](std::optional<net::Response> answer) {
                      end(std::move(answer));
                      world.scheduler.call_now(timeout);
                    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                       asio::use_awaitable);
  co_return std::move(got);
}

void ChannelSide::make_keys(const std::filesystem::path& keys) {
  SystemRandom random;
  const ManualClock clock({first_day_ms});
  const sandbox::WechatKeys made(keys, clock, random);
}

ChannelSide::ChannelSide(World& world, Network& network, Process& process,
                         const std::filesystem::path& keys)
    : world_(world),
      process_(process),
      context_{ledger_,          faults_,          requests_,    *this, url_,
               world.true_clock, world.true_clock, world.random, bills_},
      keys_(keys, world.true_clock, world.random),
      wechat_(keys_, context_) {
  url_.set(gateway);
  router_.add(wechat_.routes());
  auto& there = network.host(host);
  there.word = "channel";
  there.serve = [this](net::Request& request) { return serve(request); };
}

asio::awaitable<net::Response> ChannelSide::serve(net::Request& request) {
  const auto route = router_.match(request);
  if (!route) co_return wechat_.no_route(request, route.error().code);
  net::Response response = co_await (*route)->handler(request);
  world_.note({"channel answers", std::to_string(response.status)});
  co_return response;
}

std::string ChannelSide::account_of(const sandbox::Trade& trade) const {
  const auto* merchant = keys_.merchant(trade.key.mch_id);
  return merchant ? merchant->account_id : "";
}

bool ChannelSide::pay(const std::string& out_trade_no, std::optional<std::int64_t> amount) {
  const auto trade = ledger_.find_number(out_trade_no);
  sandbox::PayWish wish;
  wish.amount = amount;
  return trade && wechat_.buyer_pays(*trade, wish).verdict == sandbox::Verdict::done;
}

void ChannelSide::enqueue(const sandbox::Channel&, sandbox::Notice notice) {
  world_.note({"paid at the channel", notice.trade.key.out_trade_no,
               std::to_string(notice.trade.paid_amount)});
  world_.spawn("notices", tell(std::move(notice)));
}

void ChannelSide::forge(const sandbox::Trade& trade, sandbox::Forgery forgery) {
  world_.spawn("forger", post_forged(trade, forgery));
}

asio::awaitable<void> ChannelSide::post_forged(sandbox::Trade trade, sandbox::Forgery forgery) {
  if (trade.state != sandbox::TradeState::success) trade = wechat_.as_paid(std::move(trade));
  const std::string id = "EV-FORGED-" + std::to_string(world_.random.below(1'000'000'000'000));
  const sandbox::Notice notice{{id, trade.told.back().kind}, "", trade};
  if (forgery == sandbox::Forgery::amount) lied_.insert(trade.key.out_trade_no);
  const auto message = wechat_.notice(notice, {forgery, std::nullopt});
  const int status = co_await post(account_of(trade), message, draw(world_, {}));
  const bool acked = wechat_.notice_policy().acknowledged(status, "");
  // By a wrong clock an old signature may be fresh; what it says is true.
  const bool old_to_us = process_.clock().is_right() || forgery != sandbox::Forgery::timestamp;
  if (acked && old_to_us && !is_authentic(forgery)) believed_.insert(id);
}

asio::awaitable<void> ChannelSide::tell(sandbox::Notice notice) {
  const sandbox::Trade& trade = notice.trade;
  const auto& gaps_s = wechat_.notice_policy().gaps_s;
  const std::string account = account_of(trade);
  for (std::size_t tried = 0; tried <= gaps_s.size(); ++tried) {
    if (tried > 0) co_await world_.sleep(gaps_s[tried - 1] * 1'000);
    if (world_.chance(forged_permille_)) {
      const bool authentic = world_.chance(300);
      forge(trade, authentic ? authentic_forgeries[world_.random.below(authentic_forgeries.size())]
                             : refused_forgeries[world_.random.below(refused_forgeries.size())]);
    }
    const Passage passage = draw(world_, notice_weather_);
    const auto message = wechat_.notice(notice, {});
    if (passage.fate == Fate::doubled) co_await post(account, message, passage);
    const int status = co_await post(account, message, passage);
    const bool acked = wechat_.notice_policy().acknowledged(status, "");
    if (acked) acked_.emplace(account, notice.told.id);
    if (acked) co_return;
  }
}

/// The status that reaches the channel; 0 for none.
asio::awaitable<int> ChannelSide::post(std::string account, sandbox::NoticeMessage message,
                                       Passage passage) {
  world_.note({"notice", account, to_string(passage.fate)});
  co_await world_.sleep(passage.there_ms);
  const bool arrives = passage.fate != Fate::refused && passage.fate != Fate::lost &&
                       passage.fate != Fate::error_before;
  if (!arrives) co_return 0;
  const std::int64_t patience_ms = wechat_.notice_policy().answer_timeout_ms;
  if (passage.fate == Fate::late) co_await world_.sleep(patience_ms + world_.between(0, 600'000));
  net::Request request;
  request.method = net::Method::post;
  request.target = request.path = "/callbacks/" + account;
  request.headers = std::move(message.headers);
  request.body = std::move(message.body);
  request.remote_ip = "203.0.113.9";
  const auto response = co_await ask(world_, process_, std::move(request), patience_ms);
  if (!response) co_return 0;
  world_.note({"notice answered", std::to_string(response->status)});
  const bool comes_back = passage.fate == Fate::fine || passage.fate == Fate::doubled;
  co_return comes_back ? response->status : 0;
}

}  // namespace tollgate::simulate
