// Notices: checked in the order of wechat.md section 5.2, and believed only when all of it held.
#include <algorithm>

#include "common/encoding.hpp"
#include "common/json.hpp"
#include "wechat/operations.hpp"
#include "wechat/resource.hpp"
#include "wechat/trade.hpp"

namespace tollgate::wechat {
namespace {

using sdk::CallbackVerdict;
using sdk::Refusal;

constexpr std::size_t max_event_id_bytes = 128;
constexpr std::int64_t max_age_limit_s = 24LL * 3600;

sdk::Answer answer(int status, std::string_view code, std::string_view message) {
  return {status, common::JsonObjectWriter().text("code", code).text("message", message).finish(),
          "application/json"};
}

CallbackVerdict refused(Refusal refusal, std::string_view message) {
  CallbackVerdict verdict;
  verdict.refusal = refusal;
  verdict.nack = answer(refusal == Refusal::unavailable ? 503 : 401, "FAIL", message);
  verdict.outcome.channel_code = message;
  return verdict;
}

Refusal refusal_of(Check check) {
  switch (check) {
    case Check::missing_header:
      return Refusal::missing_header;
    case Check::stale:
      return Refusal::stale;
    case Check::unknown_serial:
      return Refusal::unknown_serial;
    case Check::mismatch:
      return Refusal::signature_mismatch;
    case Check::malformed:
    case Check::genuine:
      break;
  }
  return Refusal::malformed;
}

class Callback final : public sdk::CallbackOperation {
 public:
  Callback(const Account& account, sdk::CallbackInput input)
      : account_(account), input_(std::move(input)) {}

  sdk::CallbackStep start(std::int64_t now_ms) override {
    arrived_ms_ = now_ms;
    const Check check = verify();
    if (check != Check::unknown_serial) return judge(check);
    if (account_.trust->claim_fetch_for(input_.header("wechatpay-serial"), now_ms))
      return account_.certificates_request(now_ms);
    // Asked a moment ago. Without any key nothing can be said of the notice: let it come again.
    if (!account_.trust->can_verify(now_ms)) return unavailable();
    return judge(check);
  }

  sdk::CallbackStep resume(const sdk::Response& response, std::int64_t now_ms) override {
    const bool fetched = account_.trust->install(response, now_ms);
    const Check check = verify();
    // Where certificates are the account's way of knowing WeChat Pay, "could not ask" is no
    // verdict; beside a configured public key they are an extra.
    if (check == Check::unknown_serial && !fetched && account_.trust->by_certificates())
      return unavailable();
    return judge(check);
  }

 private:
  static CallbackVerdict unavailable() {
    return refused(Refusal::unavailable, "certificates_unavailable");
  }

  Check verify() const {
    const std::int64_t age_s = input_.max_age_s > 0 ? input_.max_age_s : Trust::max_age_s;
    return account_.trust->check(SignedText::of(input_), arrived_ms_,
                                 std::min(age_s, max_age_limit_s));
  }

  CallbackVerdict judge(Check check) const {
    if (check != Check::genuine) return refused(refusal_of(check), word(check));
    const auto notice = common::JsonDocument::parse(input_.body);
    if (!notice) return refused(Refusal::malformed, "malformed");
    const auto id = notice->root()["id"].text_or_empty();
    const auto type = notice->root()["event_type"].text_or_empty();
    if (id.empty() || id.size() > max_event_id_bytes || type.empty())
      return refused(Refusal::malformed, "malformed");

    CallbackVerdict verdict;
    verdict.event_id = id;
    verdict.event_type = common::bounded(type, max_event_id_bytes);
    if (type == "TRANSACTION.SUCCESS" || type.starts_with("REFUND."))
      return apply(notice->root()["resource"], std::move(verdict));
    return accepted(std::move(verdict));
  }

  CallbackVerdict apply(common::JsonValue resource, CallbackVerdict&& verdict) const {
    const Opened opened = open_resource(resource, account_.trust->api_v3_key());
    if (!opened.understood) return refused(Refusal::malformed, "malformed");
    if (!opened.plain) return refused(Refusal::decryption, "decryption");
    const auto object = common::JsonDocument::parse(*opened.plain);
    if (!object || !object->root().is_object()) return refused(Refusal::malformed, "malformed");

    const bool refund = verdict.event_type != "TRANSACTION.SUCCESS";
    verdict.kind = refund ? sdk::OperationKind::refund : sdk::OperationKind::pay;
    verdict.outcome =
        refund ? read_refund_notice(object->root(), account_.app_id) : read_trade(object->root());
    const auto& number = refund ? verdict.outcome.refund_no : verdict.outcome.pay_no;
    if (number.empty()) return refused(Refusal::malformed, "malformed");
    verdict.applies = true;
    return accepted(std::move(verdict));
  }

  static CallbackVerdict accepted(CallbackVerdict&& verdict) {
    verdict.authentic = true;
    verdict.refusal = Refusal::none;
    static const sdk::Answer ack = answer(200, "SUCCESS", "OK");
    static const sdk::Answer nack = answer(503, "FAIL", "unavailable");
    verdict.ack = ack;
    verdict.nack = nack;
    return std::move(verdict);
  }

  const Account& account_;
  const sdk::CallbackInput input_;
  std::int64_t arrived_ms_ = 0;
};

}  // namespace

std::unique_ptr<sdk::CallbackOperation> make_callback(const Account& account,
                                                      sdk::CallbackInput input) {
  return std::make_unique<Callback>(account, std::move(input));
}

}  // namespace tollgate::wechat
