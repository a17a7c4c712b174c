// The one place where refunds begin and where what a channel says about them changes our books
// (P7). No channel is called here: the runner does that.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/metrics.hpp"
#include "base/snowflake.hpp"
#include "channel/account.hpp"
#include "db/database.hpp"
#include "outbox/jobs.hpp"
#include "outbox/outbox.hpp"
#include "refund/model.hpp"
#include "refund/ports.hpp"

namespace tollgate::refund {

inline constexpr std::string_view refund_job = "refund";

/// What a caller asks for: one of pay_no and order_id.
struct Wish {
  std::optional<PayNo> pay_no;
  std::optional<OrderId> order_id;     ///< Then the attempt that paid it.
  std::optional<std::int64_t> amount;  ///< Minor units; nothing: all that is left.
  std::optional<std::string> reason;
  std::string by;  ///< The name of the key that asks.
};

/// By currency, in minor units: what somebody asks for beyond it waits for a second key.
using ApprovalLimits = std::map<std::string, std::int64_t, std::less<>>;

/// What applying news did.
enum class Applied {
  succeeded,
  failed,
  duplicate,   ///< It was over before.
  mismatched,  ///< Another amount or currency: nothing changed, an operator must look.
  foreign,     ///< Of another receiver, account or payment: nothing changed.
  unknown_refund,
  nothing,  ///< Not final, or nothing new.
};
std::string_view to_string(Applied applied);

class Book {
 public:
  struct Services {
    outbox::Outbox& outbox;
    outbox::Jobs& jobs;
    Snowflake& ids;
    const Clock& clock;
    Metrics& metrics;
    channel::AccountBook& accounts;
    PaymentsOfRefund& payments;
    OrdersOfRefund& orders;
  };
  explicit Book(Services services, ApprovalLimits approval_over = {})
      : services_(services), approval_over_(std::move(approval_over)) {}

  /// A new refund with its event. Its job is due at once, unless it waits for approval. Errors:
  /// payment_not_found, order_not_found, refund_exceeds_paid (also where nothing was paid),
  /// method_unavailable.
  Result<Refund> begin(db::Tx& tx, const Wish& wish);
  /// Gives all money of the attempt back that no order took. `cause` is a word for the record.
  /// Once per attempt: false where it has been begun before, or nothing is left to give back.
  bool begin_by_itself(db::Tx& tx, PayNo pay_no, std::string_view cause);

  /// The word of the key `by` over a refund that waits: then its job is due at once. Said again by
  /// the same key it changes nothing. Errors: refund_not_found, approval_not_needed where it does
  /// not wait (any more), second_key_required where `by` asked for it.
  Result<Refund> approve(db::Tx& tx, RefundId id, const std::string& by);
  /// The same, and the refund fails; whoever asked for it may take it back so.
  Result<Refund> reject(db::Tx& tx, RefundId id, const std::string& by);

  /// Applies what the channel said (a callback that proves nothing has it asked at once), as
  /// `account_id` heard it. `source` is a word for the log that lives on: callback, refund, query.
  Applied apply(db::Tx& tx, const std::string& account_id, const News& news,
                std::string_view source);

 private:
  std::string_view late_state(db::Tx& tx, const Received& received) const;
  bool can_refund(const Received& received) const;
  bool needs_approval(const Refund& refund) const;
  Result<Refund> decide(db::Tx& tx, RefundId id, const std::string& by, Approval decision);
  /// Tells of a refund that is over without money having moved.
  void tell_failed(db::Tx& tx, const Refund& refund);
  Refund record(db::Tx& tx, const Received& received, std::int64_t amount, const Wish& wish,
                std::string_view cause);
  void tell(const std::string& account_id, const News& news, std::string_view source,
            Applied applied, PayNo pay_no, OrderId order_id) const;
  Applied judge(db::Tx& tx, const Refund* refund, const std::string& account_id, const News& news);
  Applied succeed(db::Tx& tx, const Refund& refund, const News& news);
  Applied fail(db::Tx& tx, const Refund& refund, const News& news);
  void emit(db::Tx& tx, std::string_view type, RefundId id);

  Services services_;
  ApprovalLimits approval_over_;
};

}  // namespace tollgate::refund
