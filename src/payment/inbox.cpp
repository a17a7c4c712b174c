#include "payment/inbox.hpp"

#include <boost/asio/post.hpp>

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

constexpr std::int64_t sweep_ms = 5'000;
constexpr int sweep_rows = 500;
constexpr int refused_kept = 1'000;  // rows per account
// Refusals that are recorded, of one sender and of an account. Beyond them a forged notice costs
// its verification and a counter: a genuine one is never turned away for what else came from there.
constexpr Rate refused_of_sender{300, 100};
constexpr Rate refused_of_account{1'000, 20};
constexpr std::size_t refused_body_bytes = 2'048;

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

}  // namespace

struct Inbox::Impl {
  explicit Impl(Services s) : services(s) {}

  Services services;
  RateLimit refusals_of_sender{services.clock, {refused_of_sender}};
  RateLimit refusals_of_account{services.clock, {refused_of_account}};

  // On the sweep's executor only.
  std::unique_ptr<outbox::TaskGroup> tasks;
  std::shared_ptr<outbox::Alarm> alarm;
  bool stopping = false;

  boost::asio::awaitable<net::Response> keep(const std::string& account_id,
                                             const net::Request& request,
                                             const channel::Judgement& judgement);
  boost::asio::awaitable<bool> settle(store::CallbackRow& row, const Fact& fact);
  boost::asio::awaitable<net::Response> refuse(const std::string& account_id,
                                               const net::Request& request,
                                               const channel::Judgement& judgement);
  bool may_record_refusal(const std::string& account_id, const std::string& remote_ip);
  void count(const std::string& account_id, std::string_view verdict, std::string_view reason);
  std::string_view apply(db::Tx& tx, const std::string& account_id, const Fact& fact);
  boost::asio::awaitable<void> sweep_forever();
  boost::asio::awaitable<void> sweep();
  boost::asio::awaitable<void> apply_late(const store::Unapplied& row);
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
  Fact fact = fact_of(verdict.outcome, judgement.receiver_matches);
  fact.about_refund = verdict.kind == sdk::OperationKind::refund;
  store::CallbackRow row;
  row.id = services.ids.next_id<CallbackId>();
  row.account_id = account_id;
  row.event_id = verdict.event_id.empty() ? hex_lower(sha256(request.body)) : verdict.event_id;
  row.event_type = verdict.event_type;
  row.verdict = "accepted";
  row.state = verdict.applies ? "applied" : "ignored";
  row.pay_no = PayNo::parse(fact.pay_no).value_or(PayNo());
  row.fact = to_json(fact);
  row.body = request.body;
  row.size = static_cast<std::int64_t>(request.body.size());
  row.remote_ip = request.remote_ip;
  row.received_at = services.clock.now();
  fault::point("callback.before_commit");
  const bool fresh = co_await settle(row, fact);
  fault::point("callback.after_commit");
  count(account_id, fresh ? "accepted" : "duplicate", "none");
  co_return response_of(verdict.ack, 200);
}

/// The notice and what it changes become durable together. What the books refuse is kept for the
/// sweep instead: the notice is genuine, so its channel gets an ACK. False for a repeat.
boost::asio::awaitable<bool> Inbox::Impl::settle(store::CallbackRow& row, const Fact& fact) {
  auto record = [&](db::Tx& tx) {
    if (store::is_known(tx, row.account_id, row.event_id)) return false;
    if (row.state == "applied") row.result = apply(tx, row.account_id, fact);
    store::insert_callback(tx, row);
    return true;
  };
  std::string failure;
  try {
    co_return co_await services.database.write(record, db::Repeat::yes);
  } catch (const db::Overloaded&) {
    throw;
  } catch (const std::exception& e) {
    failure = e.what();
  }
  log::error("callback.settle_failed", {{"callback_id", row.id}, {"error", failure}});
  row.result.clear();
  if (row.state == "applied") row.state = "received";
  co_return co_await services.database.write(record);
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

std::string_view Inbox::Impl::apply(db::Tx& tx, const std::string& account_id, const Fact& fact) {
  if (fact.about_refund) return services.refunds.apply(tx, account_id, fact);
  const auto pay_no = PayNo::parse(fact.pay_no);
  if (!pay_no) return to_string(Settled::unknown_trade);
  const Settled settled = services.settler.apply(tx, *pay_no, account_id, fact, "callback");
  services.settler.follow_up(tx, *pay_no, settled);
  return to_string(settled);
}

/// A row that still cannot be applied keeps none of the others: each goes alone.
boost::asio::awaitable<void> Inbox::Impl::apply_late(const store::Unapplied& row) {
  const auto fact = fact_from_json(row.fact);
  if (!fact) {
    log::error("callback.row_unreadable", {{"callback_id", row.id}});
    co_return;
  }
  auto settle = [&](db::Tx& tx) -> Result<bool> {
    // Another may have applied it meanwhile: what was done here must not stand then.
    if (!store::mark_applied(tx, row.id, apply(tx, row.account_id, *fact)))
      return Error(Errc::internal_error);
    return true;
  };
  std::string failure;
  fault::point("settle.before_commit");
  try {
    co_await services.database.write(settle);
  } catch (const std::exception& e) {
    failure = e.what();
  }
  fault::point("settle.after_commit");
  if (!failure.empty())
    log::error("callback.settle_failed", {{"callback_id", row.id}, {"error", failure}});
}

boost::asio::awaitable<void> Inbox::Impl::sweep() {
  std::vector<store::Unapplied> rows;
  CallbackId after;
  do {
    auto read = [&](db::Tx& tx) { return store::unapplied(tx, after, sweep_rows); };
    rows = co_await services.database.read(read);
    for (const auto& row : rows) {
      if (stopping) co_return;
      after = row.id;
      co_await apply_late(row);
    }
  } while (rows.size() == static_cast<std::size_t>(sweep_rows));
}

/// At once for what an earlier life left, then for what could not be settled as it came.
boost::asio::awaitable<void> Inbox::Impl::sweep_forever() {
  while (!stopping) {
    std::exception_ptr failed;
    try {
      co_await sweep();
    } catch (...) {
      failed = std::current_exception();
    }
    if (failed) log::error("callback.sweep_failed", {{"error", outbox::describe(failed)}});
    if (!stopping) co_await alarm->wait(sweep_ms);
  }
}

void Inbox::start(boost::asio::any_io_executor executor) {
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
