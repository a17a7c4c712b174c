// Refunds (alipay.md sections 3.4 and 3.5): the money goes back at once; the answer tells the sum
// of all refunds, and a notice of the trade tells of this one.
#include "base/json_writer.hpp"
#include "sandbox/alipay.hpp"
#include "sandbox/alipay_gateway.hpp"
#include "sandbox/alipay_message.hpp"

namespace tollgate::sandbox {
namespace {

std::string members_of(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += (out.empty() ? "" : ",") + json::quote(name) + ":" + json::quote(value);
  return out;
}

AlipayError refund_error(Verdict verdict) {
  switch (verdict) {
    case Verdict::full:
      return business_failure("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限");
    case Verdict::other_parameters:
      return business_failure("ACQ.DISCORDANT_REPEAT_REQUEST", "不一致的请求");
    default:
      return business_failure("ACQ.TRADE_STATUS_ERROR", "交易状态不合法");
  }
}

}  // namespace

Alipay::Reply Alipay::refund(const AlipayCall& call, const std::optional<Fault>& fault) {
  const AlipayRefund wish = read_alipay_refund(call.param("biz_content"), false);
  const Placed found = found_trade(call, wish.trade);
  if (found.error) return {"", found.error};
  const TimeMs now = context_.clock.now();
  Refund asked{wish.out_request_no, wish.refund_fen, "PROCESSING", now};
  const Change change = context_.ledger.refund(found.trade->key, asked, std::nullopt);
  if (change.verdict != Verdict::done && change.verdict != Verdict::again)
    return {"", refund_error(change.verdict)};
  const bool moves = change.verdict == Verdict::done && !is(fault, FaultKind::pending);
  const Trade trade =
      moves ? refund_ends(change.trade, wish.out_request_no, "SUCCESS").trade : change.trade;
  return {members_of({{"trade_no", trade.transaction_id},
                      {"out_trade_no", trade.key.out_trade_no},
                      {"buyer_logon_id", "159****5620"},
                      {"fund_change", moves ? "Y" : "N"},
                      {"refund_fee", write_yuan(trade.refunded())}}),
          {}};
}

Alipay::Reply Alipay::query_refund(const AlipayCall& call, const std::optional<Fault>& fault) {
  const AlipayRefund wanted = read_alipay_refund(call.param("biz_content"), true);
  const Placed found = found_trade(call, wanted.trade);
  if (found.error) return {"", found.error};
  const Trade& trade = *found.trade;
  const Refund* refund = trade.refund(wanted.out_request_no);
  if (!refund || refund->status != "SUCCESS") return {"", {}};
  std::int64_t told = refund->amount;
  if (is(fault, FaultKind::amount)) told = fault->amount.value_or(told + 1);
  return {members_of({{"trade_no", trade.transaction_id},
                      {"out_trade_no", trade.key.out_trade_no},
                      {"out_request_no", refund->out_refund_no},
                      {"total_amount", write_yuan(trade.paid_amount)},
                      {"refund_amount", write_yuan(told)},
                      {"refund_status", "REFUND_SUCCESS"},
                      {"gmt_refund_pay", alipay_time(refund->at)}}),
          {}};
}

Change Alipay::refund_ends(const Trade& trade, const std::string& out_refund_no,
                           const std::string& status) {
  Refund as;
  as.out_refund_no = out_refund_no;
  as.status = status;
  as.at = context_.clock.now();
  const std::int64_t after = trade.refunded() + trade.refund(out_refund_no)->amount;
  const bool whole = status == "SUCCESS" && after == trade.paid_amount;
  const Change change = context_.ledger.settle_refund(
      trade.key, as, {new_notice_id(), whole ? "TRADE_CLOSED" : "TRADE_SUCCESS", out_refund_no});
  if (change.verdict == Verdict::done && status == "SUCCESS") announce(change.trade);
  return change;
}

}  // namespace tollgate::sandbox
