// The one place where what a channel says changes our books (P2).
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "db/database.hpp"
#include "journal/posting.hpp"
#include "outbox/jobs.hpp"
#include "outbox/outbox.hpp"
#include "payment/late.hpp"
#include "payment/model.hpp"
#include "payment/ports.hpp"

namespace tollgate::payment {

inline constexpr std::string_view query_job = "query_payment";
inline constexpr std::string_view watch_job = "watch_payment";
inline constexpr std::string_view close_job = "close_payment";
inline constexpr std::string_view capture_job = "capture_payment";

/// What applying a fact did.
enum class Settled {
  paid,        ///< The attempt and its order turned paid.
  late,        ///< The attempt turned paid, the order could not take it: given back or held.
  duplicate,   ///< It was paid before.
  mismatched,  ///< Another amount or currency: the attempt (and its order) failed.
  foreign,     ///< Of another receiver, account or number, or approved for another amount: nothing
               ///< changed.
  unknown_trade,
  closed,    ///< The attempt turned closed.
  failed,    ///< The attempt turned failed.
  approved,  ///< The buyer agreed; the money moves when the attempt is captured.
  hinted,    ///< It seems paid; the channel must be asked.
  nothing,   ///< Not final, or nothing new.
};
std::string_view to_string(Settled settled);

class Settler {
 public:
  struct Services {
    outbox::Outbox& outbox;
    outbox::Jobs& jobs;
    OrdersOfPayment& orders;
    RefundsOfPayment& refunds;
    const Clock& clock;
    Metrics& metrics;
    QrPng qr_png;
    LatePolicy late_policy;
  };
  explicit Settler(Services services) : services_(std::move(services)) {}

  /// Applies what the channel said to the attempt `pay_no`, as `account_id` heard it, in the
  /// caller's unit of work. `source` is a word for the log that lives on: callback, query, close,
  /// pay.
  Settled apply(db::Tx& tx, PayNo pay_no, const std::string& account_id, const Fact& fact,
                std::string_view source);

  /// For what a notice did: has the attempt captured (approved) or asked about (hinted) once the
  /// unit of work is committed. Nothing for all else.
  void follow_up(db::Tx& tx, PayNo pay_no, Settled settled);

  /// pending → closed or failed, with its event and the watch for late money. False where the
  /// attempt is not pending any more.
  bool end(db::Tx& tx, PayNo pay_no, Status to, const std::string& failure_code);

  /// The order takes held money after all. Errors: payment_not_found (no such money), order_closed
  /// (it is not held any more, or the order cannot take it).
  Result<LateMoney> accept_late(db::Tx& tx, PayNo pay_no);

  std::string json(const Payment& payment) const;
  /// Draws the code that json() is to show, which takes long and is remembered: before a unit of
  /// work, whose thread all writers share.
  void draw_ahead(const sdk::Outcome& outcome) const;

 private:
  void tell(PayNo pay_no, OrderId order_id, const std::string& account_id, std::string_view source,
            Settled settled, const std::string& trade_no) const;
  Settled apply_paid(db::Tx& tx, const Payment& payment, const Fact& fact);
  Settled apply_late(db::Tx& tx, const Payment& payment, const Fact& fact, TimeMs paid_at);
  void post_income(db::Tx& tx, const Payment& payment, bool order_takes_it);
  void post_release(db::Tx& tx, const Payment& payment);
  LateMoney late_money(const Payment& payment, const Fact& fact, const std::string& why) const;
  void close_other(db::Tx& tx, OrderId id);
  Settled apply_mismatch(db::Tx& tx, const Payment& payment, const Fact& fact);
  void emit(db::Tx& tx, std::string_view type, PayNo pay_no);

  Services services_;
};

}  // namespace tollgate::payment
