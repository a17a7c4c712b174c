// Notices: believed when their signature held, and acknowledged with the one word that Alipay
// takes. They have no time that counts: a resent one is as old as it is, and what it tells is the
// state of the trade then. Repeats carry one notify_id.
#include "alipay/notice.hpp"
#include "alipay/operations.hpp"
#include "alipay/trade.hpp"
#include "common/encoding.hpp"

namespace tollgate::alipay {
namespace {

using sdk::CallbackVerdict;
using sdk::Refusal;

constexpr std::size_t max_event_id_bytes = 128;
constexpr std::string_view trade_notice = "trade_status_sync";

sdk::Answer answer(int status, std::string_view body) {
  return {status, std::string(body), "text/plain"};
}

CallbackVerdict refused(Refusal refusal) {
  CallbackVerdict verdict;
  verdict.refusal = refusal;
  verdict.nack = answer(401, "failure");
  verdict.outcome.channel_code =
      refusal == Refusal::signature_mismatch ? "signature_mismatch" : "malformed";
  return verdict;
}

class Callback final : public sdk::CallbackOperation {
 public:
  Callback(const Account& account, sdk::CallbackInput input)
      : account_(account), input_(std::move(input)) {}

  sdk::CallbackStep start(std::int64_t now_ms) override {
    const Opened opened = Opened::open(input_, *account_.trust, now_ms);
    return opened.notice ? judge(*opened.notice) : refused(opened.refusal);
  }

  sdk::CallbackStep resume(const sdk::Response&, std::int64_t) override {
    return refused(Refusal::malformed);  // nothing was asked
  }

 private:
  static CallbackVerdict judge(const Notice& notice) {
    const auto id = notice.text("notify_id");
    const auto type = notice.text("notify_type");
    if (id.size() > max_event_id_bytes || number(id).empty() || type.empty())
      return refused(Refusal::malformed);
    CallbackVerdict verdict;
    verdict.event_id = id;
    verdict.event_type = common::bounded(type, max_event_id_bytes);
    if (type == trade_notice && !apply(notice, verdict)) return refused(Refusal::malformed);
    verdict.authentic = true;
    verdict.refusal = Refusal::none;
    verdict.ack = answer(200, "success");
    verdict.nack = answer(503, "failure");
    return verdict;
  }

  /// False where it does not say which trade, or which refund, it is about.
  static bool apply(const Notice& notice, CallbackVerdict& verdict) {
    const Field field = [&](std::string_view name) { return notice.text(name); };
    const bool refund = tells_refund(field);
    verdict.applies = true;
    verdict.kind = refund ? sdk::OperationKind::refund : sdk::OperationKind::pay;
    verdict.event_type = common::bounded(notice.text("trade_status"), max_event_id_bytes);
    verdict.outcome = refund ? read_refund(field) : read_trade(field);
    const std::string seller = number(notice.text("seller_id"));
    const std::string app = number(notice.text("app_id"));
    if (!seller.empty() && !app.empty()) verdict.outcome.receiver = seller + "/" + app;
    return !verdict.outcome.pay_no.empty() && !verdict.event_type.empty() &&
           (!refund || !verdict.outcome.refund_no.empty());
  }

  const Account& account_;
  const sdk::CallbackInput input_;
};

}  // namespace

std::unique_ptr<sdk::CallbackOperation> make_callback(const Account& account,
                                                      sdk::CallbackInput input) {
  return std::make_unique<Callback>(account, std::move(input));
}

}  // namespace tollgate::alipay
