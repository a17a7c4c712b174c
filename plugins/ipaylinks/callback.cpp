// Notices (ipaylinks.md section 5). Of the first generation they are all there is; of the second
// they are a reason to ask.
#include "common/crypto.hpp"
#include "common/encoding.hpp"
#include "ipaylinks/message.hpp"
#include "ipaylinks/operations.hpp"

namespace tollgate::ipaylinks {
namespace {

using sdk::CallbackStep;
using sdk::CallbackVerdict;
using sdk::Refusal;
using sdk::Verdict;

CallbackVerdict refused(Refusal refusal, std::string_view word) {
  CallbackVerdict verdict;
  verdict.refusal = refusal;
  verdict.nack = {refusal == Refusal::unavailable ? 503 : 401, "FAIL", "text/plain"};
  verdict.outcome.channel_code = word;
  return verdict;
}

Refusal refusal_of(std::string_view why) {
  if (why == "signature_missing") return Refusal::missing_header;
  if (why == "signature_mismatch") return Refusal::signature_mismatch;
  return Refusal::malformed;
}

class Callback final : public sdk::CallbackOperation {
 public:
  Callback(const Account& account, sdk::CallbackInput input)
      : account_(account), input_(std::move(input)) {}

  CallbackStep start(std::int64_t) override {
    if (input_.method != "POST") return refused(Refusal::malformed, "malformed");
    std::string_view why;
    auto message = account_.read_signed(input_.header("content-type"), input_.body, why);
    if (!message) return refused(refusal_of(why), why);
    message_ = *std::move(message);
    refund_ = account_.mapi() && field(message_, "transType") == "refund";
    sdk::Outcome outcome =
        refund_ ? read_refund(message_, account_) : read_trade(message_, account_);
    if ((refund_ ? outcome.refund_no : outcome.pay_no).empty())
      return refused(Refusal::malformed, "malformed");
    if (!account_.mapi()) {
      const bool ours = common::equal_constant_time(field(message_, "remark"),
                                                    account_.signer.seal(outcome.pay_no));
      if (!ours) outcome.channel_code = "remark_differs";
      return accepted(std::move(outcome), ours);
    }
    const bool known = refund_ || field(message_, "transType") == "sale";
    if (!known || outcome.receiver != account_.merchant_id)
      return accepted(std::move(outcome), known);
    number_ = refund_ ? outcome.refund_no : outcome.pay_no;
    return account_.query_request(number_);
  }

  CallbackStep resume(const sdk::Response& response, std::int64_t) override {
    sdk::Outcome outcome = refund_ ? judge_refund(account_, number_, response)
                                   : judge_query(account_, number_, response);
    if (outcome.verdict == Verdict::unknown || outcome.verdict == Verdict::retry)
      return refused(Refusal::unavailable, "not_confirmed");
    return accepted(std::move(outcome), true);
  }

 private:
  CallbackVerdict accepted(sdk::Outcome outcome, bool applies) const {
    CallbackVerdict verdict;
    verdict.authentic = true;
    verdict.refusal = Refusal::none;
    verdict.applies = applies;
    verdict.kind = refund_ ? sdk::OperationKind::refund : sdk::OperationKind::pay;
    verdict.event_type =
        common::bounded(account_.mapi() ? field(message_, "transType") : "notice", 64);
    // There is no id of a notice: what it is about and what it says together are one.
    std::string event;
    for (const auto& name : {account_.names.number, account_.names.trade, account_.names.status})
      event.append(name).append("=").append(field(message_, name)).append("\n");
    verdict.event_id = common::hex_lower(common::sha256(event));
    verdict.outcome = std::move(outcome);
    verdict.ack = {200, account_.ack_body, "text/plain"};
    verdict.nack = {503, "FAIL", "text/plain"};
    return verdict;
  }

  const Account& account_;
  const sdk::CallbackInput input_;
  common::Form message_;
  std::string number_;
  bool refund_ = false;
};

}  // namespace

std::unique_ptr<sdk::CallbackOperation> make_callback(const Account& account,
                                                      sdk::CallbackInput input) {
  return std::make_unique<Callback>(account, std::move(input));
}

}  // namespace tollgate::ipaylinks
