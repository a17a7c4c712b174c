// Named fault points for crash tests; free when none is wanted: one load and a branch.
//   TOLLGATE_FAULT=<point>[:n]   kills the process (SIGKILL) when it passes the point the n-th time
//   TOLLGATE_FAULT_TRACE=<file>  appends the name of each point that is passed, one a line
//   TOLLGATE_FAULT_WHEN=<file>   passes count only while this file exists (lets a start go by)
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::fault {

/// Every point there is. test/crash kills the server at each; naming another does not compile.
inline constexpr std::string_view points[] = {
    "db.before_migration",  // the schema
    "db.after_migration",
    "db.before_commit",      // a group of units of work is about to be made durable
    "db.after_commit",       // it is durable, nobody has been told
    "db.before_checkpoint",  // the log is about to be copied into the database
    "db.after_checkpoint",
    "http.before_answer",   // a request is done, its answer not written
    "http.after_answer",    // the answer is with the kernel: an API's answer, a callback's ACK
    "gate.key_claimed",     // an idempotency key is claimed, nothing done under it
    "gate.answer_kept",     // what was done under it is kept for repeats
    "channel.before_send",  // any request to a channel: pay, query, close
    "channel.after_send",
    "payment.start_claimed",     // the key of a start that must close an open attempt first
    "payment.intent_committed",  // the attempt is on record, the channel not asked
    "payment.outcome_received",  // the channel has placed the trade, we have not written it
    "payment.outcome_committed",
    "capture.taken",                // an approved attempt is reserved, the channel not asked
    "capture.captured_at_channel",  // the money has moved there, not here
    "capture.after_commit",
    "refund.intent_committed",  // the channel may have it from now on
    "refund.outcome_received",
    "refund.outcome_committed",
    "reconcile.bill_fetched",  // all lines have come, the last of them not durable
    "reconcile.bill_kept",
    "reconcile.matched",
    "reconcile.asked",         // the channel has been asked about what differs
    "callback.before_commit",  // authentic; to be made durable with what it changes in our books
    "callback.after_commit",   // durable and settled, not ACKed
    "settle.before_commit",    // ACKed before, but our books refused it: another try
    "settle.after_commit",
    "close.taken",              // an attempt is reserved for closing
    "close.closed_at_channel",  // closed there, open here
    "close.before_commit",      // confirmed
    "close.after_commit",
    "closing.begun",           // an order is reserved for its cancel or expiry
    "closing.payment_closed",  // its attempt is closed, the order still unpaid
    "closing.ended",
    "job.claimed",  // a job is leased, not begun
    "job.done",     // its effect is there, the job still on record
    "job.ended",
    "delivery.claimed",  // deliveries are taken, none is sent
    "delivery.before_send",
    "delivery.after_send",  // the receiver has answered, we have not written it
    "delivery.recorded",
};

/// A point of the table.
class Point {
 public:
  consteval Point(const char* name) : index_(find(name)) {}
  int index() const { return index_; }
  std::string_view name() const { return points[index_]; }

 private:
  static consteval int find(std::string_view name) {
    for (int i = 0; i < static_cast<int>(std::size(points)); ++i)
      if (points[i] == name) return i;
    throw "not in the table of points";
  }
  int index_;
};

namespace detail {
extern const bool watching;  ///< The environment asks for anything at all.
void pass(Point point);
}  // namespace detail

/// Passes the point. Thread-safe.
inline void point(Point point) {
  if (detail::watching) [[unlikely]]
    detail::pass(point);
}

/// What is wrong with the environment's wish, if anything: the server must not start with it.
std::optional<std::string> problem();

/// The point at which the process is to die, as the environment says it; empty where it is not.
std::string wish();

}  // namespace tollgate::fault
