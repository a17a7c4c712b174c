// Refunds (channel document, section 3.3): of a capture, done at once unless a fault holds them.
#include "sandbox/paypal_call.hpp"
#include "sandbox/paypal_wire.hpp"

namespace tollgate::sandbox {
namespace {

std::string_view status_of(const Refund& refund) {
  if (refund.status == "SUCCESS") return "COMPLETED";
  return refund.status == "CLOSED" ? "FAILED" : "PENDING";
}

std::string_view event_of(std::string_view status) {
  if (status == "SUCCESS") return "PAYMENT.CAPTURE.REFUNDED";
  return status == "CLOSED" ? "PAYMENT.REFUND.FAILED" : "PAYMENT.REFUND.PENDING";
}

/// What stands in the way of a refund of this capture, and of so much.
std::optional<PaypalError> problem(const Trade& trade, const PaypalRefund& wish, TimeMs now) {
  if (trade.state == TradeState::pending)
    return paypal_issue("PENDING_CAPTURE", "Cannot initiate a refund as the capture is pending.");
  if (trade.state != TradeState::success)
    return paypal_issue("REFUND_NOT_ALLOWED", "The capture did not succeed.");
  if (now > trade.paid_at.plus_s(Paypal::refund_window_s))
    return paypal_issue("REFUND_TIME_LIMIT_EXCEEDED",
                        "You are over the time limit to perform a refund on this capture.");
  const std::int64_t left = trade.paid_amount - trade.committed();
  if (left == 0)
    return paypal_issue("CAPTURE_FULLY_REFUNDED", "The capture has already been fully refunded.");
  if (wish.amount && wish.amount->currency != trade.currency)
    return paypal_issue("REFUND_CAPTURE_CURRENCY_MISMATCH",
                        "Refund must be in the same currency as the capture.", "/amount");
  if (wish.amount && wish.amount->minor > left)
    return paypal_issue("REFUND_AMOUNT_EXCEEDED",
                        "The refund amount must be less than or equal to the capture amount that "
                        "has not yet been refunded.",
                        "/amount/value");
  return std::nullopt;
}

std::string short_json(const Refund& refund, const PaypalView& view) {
  json::Writer out;
  out.begin_object().field("id", refund.refund_id).field("status", status_of(refund));
  out.key("links").begin_array();
  paypal_write_link(out, "self", view.url + "/v2/payments/refunds/" + refund.refund_id, "GET");
  return out.end_array().end_object().take();
}

const Refund* by_refund_id(const Trade& trade, std::string_view refund_id) {
  for (const auto& refund : trade.refunds)
    if (refund.refund_id == refund_id) return &refund;
  return nullptr;
}

}  // namespace

std::optional<Trade> Paypal::refunded_of(const Call& call, const std::string& refund_id) const {
  std::optional<TradeKey> key;
  {
    const std::lock_guard lock(mutex_);
    const auto at = refunds_.find(refund_id);
    if (at != refunds_.end() && at->second.mch_id == call.app.merchant_id) key = at->second;
  }
  return key ? context_.ledger.find(*key) : std::nullopt;
}

Paypal::Answer Paypal::refund(const Call& call) {
  const std::lock_guard alone(one_at_a_time_);
  const auto trade = captured_of(call);
  if (!trade) return paypal_not_found();
  const auto read = read_paypal_refund(call.request.body);
  if (read.error) return *read.error;
  const auto shown = [&](int status, const Trade& now, const std::string& id) {
    const Refund& refund = *by_refund_id(now, id);
    const PaypalView seen = view(call, now);
    return Answer(status, call.wants_all() ? paypal_refund_json(now, refund, seen)
                                           : short_json(refund, seen));
  };
  const std::string once = call.once("refund/" + trade->transaction_id);
  if (const auto before = done_before(once)) {
    if (before->body != call.request.body)
      return paypal_issue("DUPLICATE_REQUEST_ID", "The request id was used with another body.");
    return shown(200, *trade, before->id);
  }
  const TimeMs now = context_.clock.now();
  const PaypalRefund& wish = read.refund;
  if (const auto error = problem(*trade, wish, now)) return *error;
  const std::int64_t left = trade->paid_amount - trade->committed();
  Refund refund{wish.details.custom_id, wish.amount ? wish.amount->minor : left, "PROCESSING", now,
                paypal_id(context_.random, 17)};
  refund.details = std::make_shared<PaypalRefundDetails>(wish.details);
  // PayPal does not look at a custom_id: a second refund under it is another refund.
  if (refund.out_refund_no.empty() || context_.ledger.find_refund(refund.out_refund_no))
    refund.out_refund_no = refund.refund_id;
  const Change change = context_.ledger.refund(trade->key, refund, std::nullopt);
  if (change.verdict != Verdict::done)
    return paypal_issue("REFUND_NOT_ALLOWED", "The capture cannot be refunded.");
  {
    const std::lock_guard lock(mutex_);
    refunds_[refund.refund_id] = trade->key;
  }
  remember(once, {refund.refund_id, call.request.body, now.plus_s(refund_request_id_life_s)});
  const bool held = is(call.fault, FaultKind::pending);
  const Change ended =
      refund_ends(change.trade, refund.out_refund_no, held ? "PROCESSING" : "SUCCESS");
  return shown(201, ended.trade, refund.refund_id);
}

Paypal::Answer Paypal::show_refund(const Call& call) {
  const std::string& id = call.request.params.front();
  const auto trade = refunded_of(call, id);
  if (!trade) return paypal_not_found();
  const Refund& refund = *by_refund_id(*trade, id);
  PaypalView shown{context_.url.get(), call.app};
  if (is(call.fault, FaultKind::amount))
    shown.amount = call.fault->amount.value_or(refund.amount + 1);
  return {200, paypal_refund_json(*trade, refund, shown)};
}

Change Paypal::refund_ends(const Trade& trade, const std::string& out_refund_no,
                           const std::string& status) {
  Refund as;
  as.out_refund_no = out_refund_no;
  as.status = status;
  as.at = context_.clock.now();
  const Told told{new_notice_id(), std::string(event_of(status)), out_refund_no};
  const Change change = context_.ledger.settle_refund(trade.key, as, told);
  if (change.verdict == Verdict::done) tell(change.trade, told);
  return change;
}

std::string paypal_refund_json(const Trade& trade, const Refund& refund, const PaypalView& view) {
  const auto& details = static_cast<const PaypalRefundDetails&>(*refund.details);
  const std::int64_t amount = view.amount.value_or(refund.amount);
  const std::string currency = view.currency.value_or(trade.currency);
  json::Writer out;
  out.begin_object().field("id", refund.refund_id).field("status", status_of(refund));
  if (status_of(refund) == "PENDING")
    out.key("status_details").begin_object().field("reason", "ECHECK").end_object();
  paypal_write_money(out, "amount", amount, currency);
  if (!details.custom_id.empty()) out.field("custom_id", details.custom_id);
  if (!details.invoice_id.empty()) out.field("invoice_id", details.invoice_id);
  if (!details.note.empty()) out.field("note_to_payer", details.note);
  out.key("seller_payable_breakdown").begin_object();
  paypal_write_money(out, "gross_amount", amount, currency);
  paypal_write_money(out, "paypal_fee", 0, currency);
  paypal_write_money(out, "net_amount", amount, currency);
  paypal_write_money(out, "total_refunded_amount", trade.refunded(), currency);
  out.end_object();
  out.key("payer")
      .begin_object()
      .field("email_address", view.app.email)
      .field("merchant_id", view.payee.value_or(view.app.merchant_id))
      .end_object();
  out.field("create_time", paypal_time(refund.at)).field("update_time", paypal_time(refund.at));
  out.key("links").begin_array();
  paypal_write_link(out, "self", view.url + "/v2/payments/refunds/" + refund.refund_id, "GET");
  paypal_write_link(out, "up", view.url + "/v2/payments/captures/" + trade.transaction_id, "GET");
  return out.end_array().end_object().take();
}

}  // namespace tollgate::sandbox
