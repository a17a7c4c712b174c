#include "sandbox/notifier.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "base/log.hpp"
#include "sandbox/channel.hpp"
#include "sandbox/pause.hpp"

namespace tollgate::sandbox {
namespace asio = boost::asio;
namespace {

constexpr std::int64_t default_delay_ms = 30'000;
constexpr std::int64_t longest_hold_ms = 600'000;
constexpr std::size_t kept_body_bytes = 4096;

net::ClientOptions client_options() {
  net::ClientOptions options;
  options.user_agent = "Mozilla/4.0";
  return options;
}

NoticeAnswer judge(const NoticePolicy& policy, net::ClientResponse response) {
  NoticeAnswer answer;
  switch (response.transport) {
    case net::Transport::not_sent:
      answer.result = "unreachable: " + response.error;
      return answer;
    case net::Transport::maybe_sent:
      answer.result = "no_answer: " + response.error;
      return answer;
    case net::Transport::ok:
      break;
  }
  answer.status = response.status;
  answer.body = std::move(response.body);
  const bool acknowledged = policy.acknowledged(answer.status, answer.body);
  if (answer.body.size() > kept_body_bytes) answer.body.resize(kept_body_bytes);
  answer.result = acknowledged ? "acknowledged" : "refused";
  return answer;
}

Distortion distortion_of(const std::optional<Fault>& fault) {
  if (fault && fault->kind == FaultKind::alter) return {Forgery::amount, fault->amount};
  if (fault && fault->kind == FaultKind::forge) return {fault->forgery, fault->amount};
  return {};
}

}  // namespace

/// One message on its way; lives as long as the coroutine that posts it.
struct Notifier::Posting {
  const NoticePolicy& policy;
  TradeKey key;
  Told told;
  std::string url;
  std::string note;
};

/// Where the parts of a burst put their answers; tells the caller when the last part has ended,
/// however it ended.
struct Notifier::Gathering {
  struct Reply {
    std::vector<NoticeAnswer> answers;
    asio::steady_timer ended;
    bool complete = false;
  };
  const asio::any_io_executor home;
  const std::shared_ptr<Reply> reply;

  Gathering(asio::any_io_executor executor, std::shared_ptr<Reply> to)
      : home(std::move(executor)), reply(std::move(to)) {}
  Gathering(const Gathering&) = delete;
  Gathering& operator=(const Gathering&) = delete;
  ~Gathering() {
    asio::post(home, [reply = reply] {
      reply->complete = true;
      reply->ended.cancel();
    });
  }
};

std::optional<TimeScale> TimeScale::parse(std::string_view text) {
  const auto point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string digits(point == std::string_view::npos ? "" : text.substr(point + 1));
  if (whole.empty() || whole.size() > 4 || digits.size() > 6) return std::nullopt;
  if (point != std::string_view::npos && digits.empty()) return std::nullopt;
  digits.resize(6, '0');
  std::int64_t millionths = 0;
  for (const char c : std::string(whole) + digits) {
    if (c < '0' || c > '9') return std::nullopt;
    millionths = millionths * 10 + (c - '0');
  }
  if (millionths > 1'000'000'000) return std::nullopt;
  return TimeScale(millionths);
}

Notifier::Notifier(Ledger& ledger, Faults& faults, const Clock& clock, TimeScale scale)
    : ledger_(ledger),
      faults_(faults),
      clock_(clock),
      scale_(scale),
      client_(client_options(), clock),
      work_(asio::make_work_guard(io_)),
      thread_([this] {
        io_.run();
        client_.close_idle();
      }) {}

Notifier::~Notifier() {
  stop();
}

void Notifier::stop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    stopping_ = true;
    for (auto& [id, signal] : tasks_) signal.emit(asio::cancellation_type::terminal);
    client_.close_idle();
    work_.reset();
  });
  thread_.join();
}

void Notifier::enqueue(const Channel& channel, Notice notice) {
  auto task = std::make_shared<const Task>(Task{channel, std::move(notice)});
  asio::post(io_, [this, task] { own(run(task)); });
}

void Notifier::own(net::Awaitable<void> work) {
  if (stopping_) return;
  if (tasks_.size() >= max_pending) {
    log::warn("notice.dropped", {{"pending", tasks_.size()}});
    return;
  }
  const std::int64_t id = ++last_task_;
  auto ended = [this, id](std::exception_ptr thrown) {
    tasks_.erase(id);
    if (!thrown || stopping_) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      log::error("notice.failed", {{"reason", e.what()}});
    }
  };
  asio::co_spawn(io_, std::move(work),
                 asio::bind_cancellation_slot(tasks_[id].slot(), std::move(ended)));
}

net::Awaitable<void> Notifier::run(std::shared_ptr<const Task> task) {
  const auto gaps_s = task->channel.notice_policy().gaps_s;
  for (std::size_t tried = 0; tried <= gaps_s.size(); ++tried) {
    if (tried > 0) co_await pause(scale_.scale_ms(gaps_s[tried - 1] * 1000));
    const bool acknowledged = co_await attempt(*task);
    if (acknowledged) co_return;
  }
  log::warn("notice.given_up", {{"out_trade_no", task->notice.trade.number()}});
}

net::Awaitable<bool> Notifier::attempt(const Task& task) {
  const Notice& notice = task.notice;
  const std::optional<Fault> fault = faults_.take({task.channel.name(), "notify"});
  const Posting posting{task.channel.notice_policy(), notice.trade.key, notice.told, notice.url,
                        fault ? std::string(to_string(fault->kind)) : std::string()};
  if (fault && fault->kind == FaultKind::lose) {
    record(posting, 0, "lost");
    co_return false;
  }
  if (notice.url.empty()) {
    record(posting, 0, "no address");
    co_return true;
  }
  if (fault && fault->kind == FaultKind::delay)
    co_await pause(scale_.scale_ms(fault->delay_ms.value_or(default_delay_ms)));
  if (fault && fault->kind == FaultKind::reorder) co_await hold();
  const NoticeMessage message = task.channel.notice(notice, distortion_of(fault));
  NoticeAnswer answer = co_await post_message(posting, message);
  if (fault && fault->kind == FaultKind::duplicate)
    answer = co_await post_message(posting, message);
  co_return answer.result == "acknowledged";
}

net::Awaitable<std::vector<NoticeAnswer>> Notifier::send_now(std::shared_ptr<const Burst> burst) {
  const asio::any_io_executor home = co_await asio::this_coro::executor;
  auto reply = std::make_shared<Gathering::Reply>(
      Gathering::Reply{{}, asio::steady_timer(home, asio::steady_timer::time_point::max())});
  reply->answers.resize(burst->messages.size(), {0, "", "abandoned"});
  {
    auto gathering = std::make_shared<Gathering>(home, reply);
    asio::post(io_, [this, burst, gathering] {
      for (std::size_t i = 0; i < burst->messages.size(); ++i) own(send_part(burst, gathering, i));
    });
  }
  while (!reply->complete) {
    boost::system::error_code ended;
    co_await reply->ended.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
  co_return std::move(reply->answers);
}

net::Awaitable<void> Notifier::send_part(std::shared_ptr<const Burst> burst,
                                         std::shared_ptr<Gathering> into, std::size_t index) {
  const Posting posting{burst->policy, burst->key, burst->told, burst->url, burst->note};
  NoticeAnswer answer = co_await post_message(posting, burst->messages[index]);
  into->reply->answers[index] = std::move(answer);
}

net::Awaitable<NoticeAnswer> Notifier::post_message(const Posting& posting, NoticeMessage message) {
  net::ClientRequest request(net::Method::post, posting.url);
  request.headers = std::move(message.headers);
  request.body = std::move(message.body);
  request.connect_timeout_ms = posting.policy.answer_timeout_ms;
  request.timeout_ms = posting.policy.answer_timeout_ms;
  net::ClientResponse response = co_await client_.send(std::move(request));
  NoticeAnswer answer = judge(posting.policy, std::move(response));
  const std::string& note = posting.note;
  record(posting, answer.status, note.empty() ? answer.result : note + ": " + answer.result);
  release_held();
  co_return answer;
}

void Notifier::record(const Posting& posting, int status, std::string result) {
  log::info("notice.sent", {{"channel", posting.key.channel},
                            {"out_trade_no", posting.key.out_trade_no},
                            {"kind", posting.told.kind},
                            {"status", status},
                            {"result", result}});
  ledger_.record_notice(posting.key, {posting.told.id, 0, clock_.now(), status, std::move(result),
                                      posting.told.kind});
}

net::Awaitable<void> Notifier::hold() {
  asio::steady_timer timer(io_, std::chrono::milliseconds(scale_.scale_ms(longest_hold_ms)));
  held_.insert(&timer);
  boost::system::error_code released;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, released));
  held_.erase(&timer);
}

void Notifier::release_held() {
  for (auto* timer : held_) timer->cancel();
}

}  // namespace tollgate::sandbox
