// Webhooks (paypal.md section 5). The signature covers a CRC-32 of the body, which is no protection
// against somebody who makes a body to fit: an event is a hint, and what it is about is read anew
// from the API before anything is said of money.
#include <algorithm>

#include "common/encoding.hpp"
#include "common/json.hpp"
#include "common/time.hpp"
#include "paypal/api.hpp"
#include "paypal/caller.hpp"
#include "paypal/event.hpp"
#include "paypal/operations.hpp"
#include "paypal/order.hpp"
#include "paypal/webhook.hpp"

namespace tollgate::paypal {
namespace {

using sdk::CallbackStep;
using sdk::CallbackVerdict;
using sdk::Reason;
using sdk::Refusal;
using sdk::Verdict;

constexpr std::int64_t default_age_s = 300;
constexpr std::int64_t max_age_limit_s = 24LL * 3600;
constexpr std::size_t max_body_bytes = 1024 * 1024;
constexpr std::uint32_t certificate_timeout_ms = 3'000;

CallbackVerdict refused(Refusal refusal, std::string_view word) {
  CallbackVerdict verdict;
  verdict.refusal = refusal;
  verdict.nack = {refusal == Refusal::unavailable ? 503 : 401, "", "text/plain"};
  verdict.outcome.channel_code = word;
  return verdict;
}

class Callback final : public sdk::CallbackOperation {
 public:
  Callback(const Account& account, sdk::CallbackInput input)
      : account_(account), caller_(account), input_(std::move(input)) {}

  CallbackStep start(std::int64_t now_ms) override {
    const Transmission sent = transmission();
    if (!sent.complete()) return refused(Refusal::missing_header, "missing_header");
    const auto at_ms = common::parse_rfc3339(sent.time);
    if (!at_ms || input_.body.size() > max_body_bytes)
      return refused(Refusal::malformed, "malformed");
    if (!sent.sound()) return refused(Refusal::signature_mismatch, "unknown_algorithm");
    const std::int64_t age_s = input_.max_age_s > 0 ? input_.max_age_s : default_age_s;
    const std::int64_t age_ms = std::min(age_s, max_age_limit_s) * 1000;
    if (now_ms - *at_ms >= age_ms || *at_ms - now_ms >= age_ms)
      return refused(Refusal::stale, "stale");
    if (!account_.trust->policy().allows(sent.cert_url))
      return refused(Refusal::unknown_serial, "forbidden_cert_url");
    return check(now_ms, true);
  }

  CallbackStep resume(const sdk::Response& response, std::int64_t now_ms) override {
    if (phase_ == Phase::certificate) return fetched(response, now_ms);
    auto next = caller_.resume(response, now_ms);
    if (auto* request = std::get_if<sdk::Request>(&next)) return std::move(*request);
    const auto& answer = std::get<ApiAnswer>(next);
    return phase_ == Phase::question ? judged(answer, now_ms) : read(answer, now_ms);
  }

 private:
  enum class Phase { certificate, question, reading };

  Transmission transmission() const { return Transmission::of(input_); }

  CallbackStep call(Phase phase, ApiRequest request, std::int64_t now_ms) {
    phase_ = phase;
    return caller_.call(std::move(request), now_ms);
  }

  /// By the certificate, which is fetched where it is not there.
  CallbackStep check(std::int64_t now_ms, bool may_fetch) {
    const Transmission sent = transmission();
    const auto found = account_.trust->find(sent.cert_url, now_ms);
    switch (found.known) {
      case Trust::Known::key: {
        const auto signature = common::base64_decode(sent.signature);
        const std::string text = signed_text(sent, account_.webhook_id, input_.body);
        if (!signature || !found.key || !found.key->verify_sha256(text, *signature))
          return refused(Refusal::signature_mismatch, "signature_mismatch");
        return genuine(now_ms);
      }
      case Trust::Known::no_chain:
        return ask(now_ms);
      case Trust::Known::refused:
        return refused(Refusal::unknown_serial, "certificate_refused");
      case Trust::Known::not_there:
        break;
    }
    if (!may_fetch || !account_.trust->claim_fetch(now_ms))
      return refused(Refusal::unavailable, "certificate_unavailable");
    phase_ = Phase::certificate;
    sdk::Request request;
    request.url = sent.cert_url;
    request.resend_safe = true;
    request.timeout_ms = certificate_timeout_ms;
    return request;
  }

  CallbackStep fetched(const sdk::Response& response, std::int64_t now_ms) {
    const bool answered = response.transport == sdk::Transport::ok;
    if (!answered || response.status == 429 || response.status >= 500)
      return refused(Refusal::unavailable, "certificate_unavailable");
    if (response.status != 200) return refused(Refusal::unknown_serial, "no_such_certificate");
    account_.trust->install(transmission().cert_url, response.body, now_ms);
    return check(now_ms, false);
  }

  /// By the API. What is spliced into the question must be one value, or it could bring members of
  /// its own.
  CallbackStep ask(std::int64_t now_ms) {
    if (!common::JsonDocument::parse(input_.body)) return refused(Refusal::malformed, "malformed");
    if (!account_.trust->claim_question(now_ms))
      return refused(Refusal::unavailable, "too_many_questions");
    return call(Phase::question,
                {"POST", "/v1/notifications/verify-webhook-signature",
                 question(transmission(), account_.webhook_id, input_.body), ""},
                now_ms);
  }

  CallbackStep judged(const ApiAnswer& answer, std::int64_t now_ms) {
    const auto document = usable(answer);
    const auto status =
        document ? document->root()["verification_status"].text_or_empty() : std::string_view();
    if (status == "SUCCESS") return genuine(now_ms);
    if (status == "FAILURE") return refused(Refusal::signature_mismatch, "signature_mismatch");
    return refused(Refusal::unavailable, "not_judged");
  }

  /// PayPal sent it: what is it about?
  CallbackStep genuine(std::int64_t now_ms) {
    auto event = Event::read(input_.body);
    if (!event) return refused(Refusal::malformed, "malformed");
    event_ = *std::move(event);
    if (event_.subject == Event::Subject::nothing) return accepted({});
    return call(Phase::reading, {"GET", event_.path(), "", ""}, now_ms);
  }

  CallbackStep read(const ApiAnswer& answer, std::int64_t now_ms) {
    const bool missing =
        answer.sent && answer.response.status == 404 && ApiError::of(answer.response).gone();
    if (missing) return accepted({});  // nothing that this account can see
    const auto document = usable(answer);
    if (!document) return refused(Refusal::unavailable, "not_confirmed");
    const auto root = document->root();
    if (root["id"].text_or_empty() != event_.id) return refused(Refusal::unavailable, "another");
    if (event_.subject == Event::Subject::capture) {
      event_.subject = Event::Subject::order;
      event_.id = root["supplementary_data"]["related_ids"]["order_id"].text_or_empty();
      if (!is_id(event_.id)) return accepted({});
      return call(Phase::reading, {"GET", event_.path(), "", ""}, now_ms);
    }
    const bool refund = event_.subject == Event::Subject::refund;
    return accepted(refund ? told_refund(read_refund(root, account_))
                           : told(read_order(root, account_).outcome));
  }

  /// Without a merchant id to compare, an order that an event names might pay somebody else: it is
  /// left to the query, which asks for the order that we made.
  sdk::Outcome told(sdk::Outcome outcome) const {
    if (!account_.merchant_id.empty() || outcome.verdict != Verdict::succeeded) return outcome;
    sdk::Outcome hint(Verdict::pending, Reason::already_paid);
    hint.pay_no = outcome.pay_no;
    hint.receiver = outcome.receiver;
    hint.channel_code = outcome.channel_code;
    hint.channel_message = "to be confirmed by the order that was made here";
    return hint;
  }

  /// Where nobody says whose money went back, the refund that an event names might be somebody
  /// else's: it is left to the query, which looks at the capture that we know.
  static sdk::Outcome told_refund(sdk::Outcome outcome) {
    const bool final = outcome.verdict == Verdict::succeeded || outcome.verdict == Verdict::failed;
    if (!final || !outcome.receiver.empty()) return outcome;
    sdk::Outcome hint(Verdict::pending);
    hint.refund_no = outcome.refund_no;
    hint.channel_code = outcome.channel_code;
    hint.channel_message = "to be confirmed by the capture that is refunded";
    return hint;
  }

  static std::optional<common::JsonDocument> usable(const ApiAnswer& answer) {
    const auto& response = answer.response;
    if (!answer.sent || response.transport != sdk::Transport::ok || response.status != 200)
      return std::nullopt;
    return common::JsonDocument::parse(response.body);
  }

  CallbackVerdict accepted(const sdk::Outcome& outcome) const {
    CallbackVerdict verdict;
    verdict.authentic = true;
    verdict.refusal = Refusal::none;
    verdict.event_id = event_.event_id;
    verdict.event_type = event_.type;
    const bool refund = event_.subject == Event::Subject::refund;
    verdict.kind = refund ? sdk::OperationKind::refund : sdk::OperationKind::pay;
    verdict.applies = !(refund ? outcome.refund_no : outcome.pay_no).empty();
    verdict.outcome = outcome;
    verdict.ack = {200, "", "text/plain"};
    verdict.nack = {503, "", "text/plain"};
    return verdict;
  }

  const Account& account_;
  Caller caller_;
  const sdk::CallbackInput input_;
  Phase phase_ = Phase::certificate;
  Event event_;
};

}  // namespace

std::unique_ptr<sdk::CallbackOperation> make_callback(const Account& account,
                                                      sdk::CallbackInput input) {
  return std::make_unique<Callback>(account, std::move(input));
}

}  // namespace tollgate::paypal
