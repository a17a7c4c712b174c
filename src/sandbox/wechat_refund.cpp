// Refunds (sections 3.4 and 3.5): accepted at once, done a moment later, told by a notice.
#include "sandbox/wechat.hpp"
#include "sandbox/wechat_call.hpp"
#include "sandbox/wechat_message.hpp"

namespace tollgate::sandbox {
namespace {

std::string refund_id(TimeMs now, Random& random) {
  return "50000002026" + wechat_digits(now).substr(0, 8) +
         std::to_string(1'000'000'000 + random.below(9'000'000'000));
}

}  // namespace

Wechat::Answer Wechat::refund(const Call& call) {
  const auto read = read_wechat_refund(call.request.body);
  if (read.error) return *read.error;
  if (!call.request.query.empty()) return param_error("", "takes no query", "query");
  const WechatRefund& wish = read.refund;
  const auto trade =
      wish.out_trade_no.empty()
          ? context_.ledger.find_transaction(wish.transaction_id)
          : context_.ledger.find({std::string(name()), call.merchant.mch_id, wish.out_trade_no});
  if (!trade || trade->key.mch_id != call.merchant.mch_id)
    return wechat_refusal(404, "RESOURCE_NOT_EXISTS", "订单不存在");
  if (wish.total_fen != trade->paid_amount)
    return wechat_refusal(400, "INVALID_REQUEST", "订单金额与原订单不一致");
  const TimeMs now = context_.clock.now();
  const Change change =
      context_.ledger.refund(trade->key,
                             {wish.out_refund_no, wish.refund_fen, "PROCESSING", now,
                              refund_id(now, context_.random), wish.notify_url},
                             std::nullopt);
  switch (change.verdict) {
    case Verdict::done:
    case Verdict::again:
      break;
    case Verdict::full:
      return wechat_refusal(400, "INVALID_REQUEST", "退款金额大于可退金额");
    case Verdict::other_parameters:
      return wechat_refusal(400, "INVALID_REQUEST", "退款单号已使用，参数不一致");
    default:
      return wechat_refusal(403, "TRADE_ERROR", "订单未支付");
  }
  const std::string body =
      wechat_refund_json(change.trade, *change.trade.refund(wish.out_refund_no));
  const bool held = is(call.fault, FaultKind::pending);
  if (change.verdict == Verdict::done && !held)
    refund_ends(change.trade, wish.out_refund_no, "SUCCESS");
  return {200, body};
}

Wechat::Answer Wechat::query_refund(const Call& call) {
  if (!call.request.query.empty()) return param_error("", "takes no query", "query");
  const std::string& number = call.request.params.front();
  const auto trade = context_.ledger.find_refund(std::string(name()), call.merchant.mch_id, number);
  if (!trade) return wechat_refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在");
  const Refund& refund = *trade->refund(number);
  std::optional<std::int64_t> lie;
  if (is(call.fault, FaultKind::amount)) lie = call.fault->amount.value_or(refund.amount + 1);
  return {200, wechat_refund_json(*trade, refund, lie)};
}

Change Wechat::refund_ends(const Trade& trade, const std::string& out_refund_no,
                           const std::string& status) {
  Refund as;
  as.out_refund_no = out_refund_no;
  as.status = status;
  as.at = context_.clock.now();
  Told told{new_notice_id(), "REFUND." + status, out_refund_no};
  const Change change = context_.ledger.settle_refund(trade.key, as, told);
  if (change.verdict == Verdict::done && !change.trade.silent)
    context_.notices.enqueue(*this,
                             {told, change.trade.refund(out_refund_no)->notify_url, change.trade});
  return change;
}

}  // namespace tollgate::sandbox
