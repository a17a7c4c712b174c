#include "payment/inbox.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <mutex>

#include "base/crypto.hpp"
#include "base/fault.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"
#include "outbox/tasks.hpp"
#include "payment/callback_store.hpp"

namespace tollgate::payment {
namespace {

constexpr std::size_t dispatchers_max = 64;
constexpr std::size_t queue_max = 50'000;  // beyond it the sweep finds the rest
constexpr std::int64_t sweep_ms = 5'000;
constexpr int sweep_rows = 500;
constexpr int refused_kept = 1'000;                 // rows per account
constexpr std::int64_t refused_per_second = 1'000;  // recorded, per account; more are only counted
constexpr std::size_t refused_body_bytes = 2'048;
constexpr std::int64_t crash_test_hold_ms = 300;

std::string_view to_string(sdk::Refusal refusal) {
  switch (refusal) {
    case sdk::Refusal::none:
      return "none";
    case sdk::Refusal::malformed:
      return "malformed";
    case sdk::Refusal::missing_header:
      return "missing_header";
    case sdk::Refusal::stale:
      return "stale";
    case sdk::Refusal::unknown_serial:
      return "unknown_serial";
    case sdk::Refusal::signature_mismatch:
      return "signature_mismatch";
    case sdk::Refusal::decryption:
      return "decryption";
    case sdk::Refusal::unavailable:
      return "unavailable";
  }
  return "malformed";
}

net::Response response_of(const sdk::Answer& answer, int fallback) {
  const int status = answer.status >= 100 && answer.status <= 599 ? answer.status : fallback;
  return net::Response(status, answer.content_type.empty() ? "text/plain" : answer.content_type,
                       answer.body);
}

/// What waits for the dispatcher.
struct Received {
  CallbackId id;
  std::string account_id;
  Fact fact;
};

}  // namespace

struct Inbox::Impl : std::enable_shared_from_this<Inbox::Impl> {
  explicit Impl(Services s) : services(s) {}

  Services services;
  std::mutex mutex;
  std::deque<Received> queue;                                            // guarded
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> refused;  // guarded: second, count

  // On the dispatcher's executor only.
  boost::asio::any_io_executor executor;
  std::unique_ptr<outbox::TaskGroup> tasks;
  std::shared_ptr<outbox::Alarm> alarm;
  std::size_t dispatching = 0;
  bool stopping = false;

  boost::asio::awaitable<net::Response> keep(const std::string& account_id,
                                             const net::Request& request,
                                             const channel::Judgement& judgement);
  boost::asio::awaitable<net::Response> refuse(const std::string& account_id,
                                               const net::Request& request,
                                               const channel::Judgement& judgement);
  bool may_record_refusal(const std::string& account_id);
  void count(const std::string& account_id, std::string_view verdict, std::string_view reason);
  void push(Received received);
  void pump();
  boost::asio::awaitable<void> dispatch_some();
  boost::asio::awaitable<void> dispatch(const Received& received);
  boost::asio::awaitable<void> sweep_forever();
  boost::asio::awaitable<void> sweep();
};

Inbox::Inbox(Services services) : impl_(std::make_shared<Impl>(services)) {}
Inbox::~Inbox() = default;

boost::asio::awaitable<Result<net::Response>> Inbox::receive(std::string account_id,
                                                             net::Request& request) {
  auto account = impl_->services.accounts.find(account_id);
  if (!account) co_return Error(Errc::account_not_found);
  const channel::Judgement judgement = co_await impl_->services.driver.judge(account, request);
  if (judgement.verdict.authentic) co_return co_await impl_->keep(account_id, request, judgement);
  co_return co_await impl_->refuse(account_id, request, judgement);
}

void Inbox::Impl::count(const std::string& account_id, std::string_view verdict,
                        std::string_view reason) {
  services.metrics
      .counter("tollgate_callbacks_total", "Callbacks received",
               {{"account", account_id}, {"verdict", verdict}, {"reason", reason}})
      .add();
}

boost::asio::awaitable<net::Response> Inbox::Impl::keep(const std::string& account_id,
                                                        const net::Request& request,
                                                        const channel::Judgement& judgement) {
  const auto& verdict = judgement.verdict;
  Received received{services.ids.next_id<CallbackId>(), account_id,
                    fact_of(verdict.outcome, judgement.receiver_matches)};
  store::CallbackRow row;
  row.id = received.id;
  row.account_id = account_id;
  row.event_id = verdict.event_id.empty() ? hex_lower(sha256(request.body)) : verdict.event_id;
  row.event_type = verdict.event_type;
  row.verdict = "accepted";
  const bool payment = verdict.applies && verdict.kind == sdk::OperationKind::pay;
  row.state = payment ? "received" : verdict.applies ? "held" : "ignored";
  row.pay_no = PayNo::parse(received.fact.pay_no).value_or(PayNo());
  row.fact = to_json(received.fact);
  row.body = request.body;
  row.size = static_cast<std::int64_t>(request.body.size());
  row.remote_ip = request.remote_ip;
  row.received_at = services.clock.now();
  auto insert = [&](db::Tx& tx) {
    try {
      store::insert_callback(tx, row);
    } catch (const db::UniqueViolation&) {
      return false;  // a repeat: the first one is durable
    }
    if (payment) tx.after_commit([self = shared_from_this(), received] { self->push(received); });
    return true;
  };
  const bool fresh = co_await services.database.write(insert);
  count(account_id, fresh ? "accepted" : "duplicate", "none");
  co_return response_of(verdict.ack, 200);
}

boost::asio::awaitable<net::Response> Inbox::Impl::refuse(const std::string& account_id,
                                                          const net::Request& request,
                                                          const channel::Judgement& judgement) {
  const auto& verdict = judgement.verdict;
  const std::string_view reason = to_string(verdict.refusal);
  count(account_id, "refused", reason);
  net::Response nack = response_of(verdict.nack, 401);
  if (nack.status < 400) nack.status = 401;
  if (!may_record_refusal(account_id)) co_return nack;
  log::warn("callback.refused", {{"account_id", account_id},
                                 {"reason", reason},
                                 {"remote_ip", request.remote_ip},
                                 {"request_id", request.request_id}});
  store::CallbackRow row;
  row.id = services.ids.next_id<CallbackId>();
  row.account_id = account_id;
  row.event_type = verdict.event_type;
  row.verdict = "refused";
  row.reason = reason;
  row.state = "refused";
  row.body = repair_utf8(std::string_view(request.body).substr(0, refused_body_bytes));
  row.size = static_cast<std::int64_t>(request.body.size());
  row.remote_ip = request.remote_ip;
  row.received_at = services.clock.now();
  auto insert = [&](db::Tx& tx) {
    store::insert_callback(tx, row);
    store::prune_refused(tx, account_id, refused_kept);
    return true;
  };
  co_await services.database.write(insert);
  co_return nack;
}

bool Inbox::Impl::may_record_refusal(const std::string& account_id) {
  const std::int64_t second = services.clock.steady_ms() / 1000;
  const std::lock_guard lock(mutex);
  auto& [at, recorded] = refused[account_id];
  if (at != second) at = second, recorded = 0;
  return ++recorded <= refused_per_second;
}

void Inbox::Impl::push(Received received) {
  {
    const std::lock_guard lock(mutex);
    if (!executor || queue.size() >= queue_max) return;
    queue.push_back(std::move(received));
    if (queue.size() > 1) return;  // the pump has been told
  }
  boost::asio::post(executor, [self = shared_from_this()] { self->pump(); });
}

void Inbox::Impl::pump() {
  std::size_t waiting = 0;
  {
    const std::lock_guard lock(mutex);
    waiting = queue.size();
  }
  for (; waiting > 0 && dispatching < dispatchers_max && !stopping; --waiting) {
    ++dispatching;
    tasks->spawn("callback.dispatch", dispatch_some());
  }
}

/// Takes from the queue until it is empty; up to dispatchers_max at a time share the group commits.
boost::asio::awaitable<void> Inbox::Impl::dispatch_some() {
  while (!stopping) {
    std::optional<Received> received;
    {
      const std::lock_guard lock(mutex);
      if (queue.empty()) break;
      received.emplace(std::move(queue.front()));
      queue.pop_front();
    }
    pump();  // more may have come than were woken for
    std::exception_ptr failed;
    try {
      co_await dispatch(*received);
    } catch (...) {
      failed = std::current_exception();
    }
    if (failed)  // the row stays received: the sweep tries again
      log::error("callback.dispatch_failed",
                 {{"callback_id", received->id}, {"error", outbox::describe(failed)}});
  }
  --dispatching;
}

boost::asio::awaitable<void> Inbox::Impl::dispatch(const Received& received) {
  if (fault::armed("callback.acked")) {  // lets the ACK leave before the process dies
    boost::asio::steady_timer timer(executor, std::chrono::milliseconds(crash_test_hold_ms));
    co_await timer.async_wait(boost::asio::use_awaitable);
    fault::point("callback.acked");
  }
  const auto pay_no = PayNo::parse(received.fact.pay_no);
  auto apply = [&](db::Tx& tx) {
    // The row is taken first, so that a second dispatcher finds nothing to do.
    if (!store::mark_applied(tx, received.id)) return true;
    const Settled settled =
        pay_no ? services.settler.apply(tx, *pay_no, received.account_id, received.fact, "callback")
               : Settled::unknown_trade;
    store::set_result(tx, received.id, to_string(settled));
    if (pay_no) services.settler.follow_up(tx, *pay_no, settled);
    return true;
  };
  fault::point("settle.before_commit");
  co_await services.database.write(apply);
  fault::point("settle.after_commit");
}

boost::asio::awaitable<void> Inbox::Impl::sweep() {
  CallbackId after;
  while (!stopping) {
    auto read = [&](db::Tx& tx) { return store::unapplied(tx, after, sweep_rows); };
    const auto rows = co_await services.database.read(read);
    for (const auto& row : rows) {
      after = row.id;
      auto fact = fact_from_json(row.fact);
      if (fact)
        push({row.id, row.account_id, std::move(*fact)});
      else
        log::error("callback.row_unreadable", {{"callback_id", row.id}});
    }
    if (rows.size() < static_cast<std::size_t>(sweep_rows)) break;
  }
}

/// At once for what an earlier life left; then for what a dispatch could not do.
boost::asio::awaitable<void> Inbox::Impl::sweep_forever() {
  while (!stopping) {
    bool idle = false;
    {
      const std::lock_guard lock(mutex);
      idle = queue.empty();
    }
    if (idle && dispatching == 0) co_await sweep();
    co_await alarm->wait(sweep_ms);
  }
}

void Inbox::start(boost::asio::any_io_executor executor) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->executor = executor;
  }
  impl_->tasks = std::make_unique<outbox::TaskGroup>(executor);
  impl_->alarm = std::make_shared<outbox::Alarm>(executor);
  boost::asio::post(
      executor, [self = impl_] { self->tasks->spawn("callback.sweep", self->sweep_forever()); });
}

boost::asio::awaitable<void> Inbox::stop() {
  impl_->stopping = true;
  impl_->alarm->ring();
  co_await impl_->tasks->join();
}

}  // namespace tollgate::payment
