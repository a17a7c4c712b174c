#include "simulate/channel_side.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "simulate/caller.hpp"

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
  const auto* const refund = notice.trade.refund(notice.told.refund);
  if (refund)
    world_.note({"refund at the channel", refund->out_refund_no, refund->status});
  else
    world_.note({"paid at the channel", notice.trade.key.out_trade_no,
                 std::to_string(notice.trade.paid_amount)});
  world_.spawn("notices", tell(std::move(notice)));
}

std::vector<sandbox::BillEntry> ChannelSide::bill(const std::string& account, TimeMs day) {
  for (const auto& merchant : keys_.merchants())
    if (merchant.account_id == account)
      return bills_.entries({std::string(wechat_.name()), merchant.mch_id}, day,
                            day.plus_ms(day_ms), std::nullopt, world_.random);
  return {};
}

void ChannelSide::calm() {
  calm_ = true;
  notice_weather_ = {};
  forged_permille_ = 0;
  faults_.clear();
}

asio::awaitable<void> ChannelSide::work_off_refunds() {
  for (bool last = false; !last;) {
    co_await world_.sleep(world_.between(20'000, 400'000));
    last = calm_;  // what is asked for from now on is done at once
    for (const auto& trade : ledger_.all())
      for (const auto& refund : trade.refunds) {
        const bool open = refund.status == "PROCESSING" || refund.status == "ABNORMAL";
        if (!open || (!calm_ && world_.chance(600))) continue;
        const auto dice = calm_ ? 0 : world_.between(0, 99);
        const char* const end = dice < 70 ? "SUCCESS" : dice < 85 ? "CLOSED" : "ABNORMAL";
        wechat_.refund_ends(trade, refund.out_refund_no, end);
      }
  }
}

void ChannelSide::forge(const sandbox::Trade& trade, sandbox::Forgery forgery,
                        const sandbox::Told* told) {
  world_.spawn("forger", post_forged(trade, forgery, told ? *told : sandbox::Told()));
}

asio::awaitable<void> ChannelSide::post_forged(sandbox::Trade trade, sandbox::Forgery forgery,
                                               sandbox::Told told) {
  if (trade.state != sandbox::TradeState::success) trade = wechat_.as_paid(std::move(trade));
  const std::string id = "EV-FORGED-" + std::to_string(world_.random.below(1'000'000'000'000));
  const bool of_refund = !told.refund.empty();
  // What is told of a refund otherwise than it was asked for changes nothing.
  if (forgery == sandbox::Forgery::amount && !of_refund) lied_.insert(trade.key.out_trade_no);
  told.id = id;
  if (!of_refund) told.kind = trade.told.front().kind;
  const sandbox::Notice notice{told, "", trade};
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
      const auto forgery =
          authentic ? authentic_forgeries[world_.random.below(authentic_forgeries.size())]
                    : refused_forgeries[world_.random.below(refused_forgeries.size())];
      forge(trade, forgery, &notice.told);
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
