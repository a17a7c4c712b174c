#include "payment/inbox.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <mutex>
#include <unordered_set>

#include "base/crypto.hpp"
#include "base/fault.hpp"
#include "base/log.hpp"
#include "base/rate_limit.hpp"
#include "base/utf8.hpp"
#include "net/request_head.hpp"
#include "outbox/tasks.hpp"
#include "payment/callback_store.hpp"

namespace tollgate::payment {
namespace {

constexpr std::size_t batch_max = 64;
constexpr std::size_t queue_max = 50'000;  // beyond it the sweep finds the rest
constexpr std::int64_t sweep_ms = 5'000;
constexpr int sweep_rows = 500;
constexpr int refused_kept = 1'000;  // rows per account
// Refusals that are recorded, of one sender and of an account. Beyond them a forged notice costs
// its verification and a counter: a genuine one is never turned away for what else came from there.
constexpr Rate refused_of_sender{300, 100};
constexpr Rate refused_of_account{1'000, 20};
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
  std::shared_ptr<outbox::Alarm> work;       // guarded: rung by push
  std::deque<Received> queue;                // guarded
  std::unordered_set<CallbackId> under_way;  // guarded: in the queue or being dispatched
  RateLimit refusals_of_sender{services.clock, {refused_of_sender}};
  RateLimit refusals_of_account{services.clock, {refused_of_account}};

  // On the dispatcher's executor only.
  std::unique_ptr<outbox::TaskGroup> tasks;
  std::shared_ptr<outbox::Alarm> alarm;
  bool stopping = false;

  boost::asio::awaitable<net::Response> keep(const std::string& account_id,
                                             const net::Request& request,
                                             const channel::Judgement& judgement);
  boost::asio::awaitable<net::Response> refuse(const std::string& account_id,
                                               const net::Request& request,
                                               const channel::Judgement& judgement);
  bool may_record_refusal(const std::string& account_id, const std::string& remote_ip);
  void count(const std::string& account_id, std::string_view verdict, std::string_view reason);
  bool push(Received received);
  std::vector<Received> take();
  void end(const std::vector<Received>& batch);
  boost::asio::awaitable<void> dispatch_forever();
  boost::asio::awaitable<void> dispatch(const std::vector<Received>& batch);
  boost::asio::awaitable<void> dispatch_one(const Received& received);
  bool apply(db::Tx& tx, const Received& received);
  std::string_view result_of(db::Tx& tx, const Received& received);
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
  received.fact.about_refund = verdict.kind == sdk::OperationKind::refund;
  store::CallbackRow row;
  row.id = received.id;
  row.account_id = account_id;
  row.event_id = verdict.event_id.empty() ? hex_lower(sha256(request.body)) : verdict.event_id;
  row.event_type = verdict.event_type;
  row.verdict = "accepted";
  row.state = verdict.applies ? "received" : "ignored";
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
      if (!store::is_known(tx, account_id, row.event_id)) throw;
      return false;  // a repeat: the first one is durable
    }
    if (verdict.applies)
      tx.after_commit([self = shared_from_this(), received] { self->push(received); });
    return true;
  };
  fault::point("callback.before_commit");
  const bool fresh = co_await services.database.write(insert, db::Repeat::yes);
  fault::point("callback.after_commit");
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
  if (!may_record_refusal(account_id, request.remote_ip)) co_return nack;
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

bool Inbox::Impl::may_record_refusal(const std::string& account_id, const std::string& remote_ip) {
  const std::string sender = account_id + " " + net::network_of(remote_ip);
  return refusals_of_sender.take(sender) == 0 && refusals_of_account.take(account_id) == 0;
}

/// False where there is no room. What is under way already is not taken twice.
bool Inbox::Impl::push(Received received) {
  const std::lock_guard lock(mutex);
  if (!work || queue.size() >= queue_max) return false;
  if (!under_way.insert(received.id).second) return true;
  queue.push_back(std::move(received));
  work->ring();
  return true;
}

std::vector<Received> Inbox::Impl::take() {
  std::vector<Received> batch;
  const std::lock_guard lock(mutex);
  while (!queue.empty() && batch.size() < batch_max) {
    batch.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  return batch;
}

void Inbox::Impl::end(const std::vector<Received>& batch) {
  const std::lock_guard lock(mutex);
  for (const auto& received : batch) under_way.erase(received.id);
}

/// One batch at a time, in one unit of work: while it commits, the next one gathers.
boost::asio::awaitable<void> Inbox::Impl::dispatch_forever() {
  const auto bell = work;
  while (!stopping) {
    const auto batch = take();
    if (batch.empty())
      co_await bell->wait(sweep_ms);
    else
      co_await dispatch(batch);
    end(batch);
  }
}

/// A row that cannot be applied must not keep the others: where the batch fails, each goes alone.
boost::asio::awaitable<void> Inbox::Impl::dispatch(const std::vector<Received>& batch) {
  if (fault::armed("callback.acked")) {  // lets the ACK leave before the process dies
    const auto timer = outbox::make_timer(co_await boost::asio::this_coro::executor);
    co_await timer->wait(crash_test_hold_ms);
  }
  fault::point("callback.acked");
  auto all = [&](db::Tx& tx) -> Result<bool> {
    for (const auto& received : batch)
      if (!apply(tx, received)) return Error(Errc::internal_error);
    return true;
  };
  bool applied = false;
  fault::point("settle.before_commit");
  try {
    applied = (co_await services.database.write(all, db::Repeat::yes)).has_value();
  } catch (const std::exception&) {  // told below, by the row that it is about
  }
  fault::point("settle.after_commit");
  for (std::size_t i = 0; !applied && i < batch.size() && !stopping; ++i)
    co_await dispatch_one(batch[i]);
}

boost::asio::awaitable<void> Inbox::Impl::dispatch_one(const Received& received) {
  auto one = [&](db::Tx& tx) -> Result<bool> {
    if (!apply(tx, received)) return Error(Errc::internal_error);
    return true;
  };
  std::exception_ptr failed;
  try {
    co_await services.database.write(one);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed)  // the row stays received: the sweep tries again
    log::error("callback.dispatch_failed",
               {{"callback_id", received.id}, {"error", outbox::describe(failed)}});
}

/// False where another has applied the row meanwhile: what was done here must not stand.
bool Inbox::Impl::apply(db::Tx& tx, const Received& received) {
  return store::mark_applied(tx, received.id, result_of(tx, received));
}

std::string_view Inbox::Impl::result_of(db::Tx& tx, const Received& received) {
  const Fact& fact = received.fact;
  if (fact.about_refund) return services.refunds.apply(tx, received.account_id, fact);
  const auto pay_no = PayNo::parse(fact.pay_no);
  if (!pay_no) return to_string(Settled::unknown_trade);
  const Settled settled =
      services.settler.apply(tx, *pay_no, received.account_id, fact, "callback");
  services.settler.follow_up(tx, *pay_no, settled);
  return to_string(settled);
}

boost::asio::awaitable<void> Inbox::Impl::sweep() {
  CallbackId after;
  bool more = true;
  while (more && !stopping) {
    auto read = [&](db::Tx& tx) { return store::unapplied(tx, after, sweep_rows); };
    const auto rows = co_await services.database.read(read);
    more = rows.size() == static_cast<std::size_t>(sweep_rows);
    for (const auto& row : rows) {
      after = row.id;
      auto fact = fact_from_json(row.fact);
      if (fact)
        more = push({row.id, row.account_id, std::move(*fact)}) && more;
      else
        log::error("callback.row_unreadable", {{"callback_id", row.id}});
    }
  }
}

/// At once for what an earlier life left; then, however busy the dispatcher is, for what it could
/// not do or had no room for.
boost::asio::awaitable<void> Inbox::Impl::sweep_forever() {
  while (!stopping) {
    std::exception_ptr failed;
    try {
      co_await sweep();
    } catch (...) {
      failed = std::current_exception();
    }
    if (failed) log::error("callback.sweep_failed", {{"error", outbox::describe(failed)}});
    co_await alarm->wait(sweep_ms);
  }
}

void Inbox::start(boost::asio::any_io_executor executor) {
  impl_->tasks = std::make_unique<outbox::TaskGroup>(executor);
  impl_->alarm = std::make_shared<outbox::Alarm>(executor);
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->work = std::make_shared<outbox::Alarm>(executor);
  }
  boost::asio::post(executor, [self = impl_] {
    self->tasks->spawn("callback.sweep", self->sweep_forever());
    self->tasks->spawn("callback.dispatch", self->dispatch_forever());
  });
}

boost::asio::awaitable<void> Inbox::stop() {
  impl_->stopping = true;
  impl_->alarm->ring();
  impl_->work->ring();
  co_await impl_->tasks->join();
}

}  // namespace tollgate::payment
