#include "alipay/exchange.hpp"

#include "common/encoding.hpp"
#include "common/outcome.hpp"

namespace tollgate::alipay {
namespace {

using common::unknown;
using sdk::Outcome;
using sdk::Reason;
using sdk::Response;
using sdk::Transport;
using sdk::Verdict;

constexpr std::size_t max_answer_bytes = 1024 * 1024;
constexpr std::string_view download_method = "alipay.open.app.alipaycert.download";

/// Nothing of it is signed: it says why nothing can be said, and ends nothing.
Outcome unsigned_refusal(const Answer& answer) {
  const ApiError error = ApiError::of(answer);
  if (answer.ok()) return unknown(Reason::unverified, "unsigned", "a success without a signature");
  if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
  return error.outcome(Verdict::unknown,
                       error.configuration() ? Reason::configuration : Reason::none);
}

/// Alipay escapes '/' in what it sends; some of its systems sign the text from before.
std::string without_escaped_slashes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '/') ++i;
    out += text[i];
  }
  return out;
}

/// The certificate that the gateway gave, in PEM. The answer is not signed: what is in it proves
/// itself by its chain.
std::string downloaded_pem(const Response& response) {
  if (response.transport != Transport::ok || response.status != 200 ||
      response.body.size() > max_answer_bytes)
    return {};
  const auto text = AnswerText::read(response.body, download_method);
  const auto answer = text ? Answer::read(text->node) : std::nullopt;
  if (!answer || !answer->ok()) return {};
  return common::base64_decode(answer->text("alipay_cert_content")).value_or("");
}

}  // namespace

sdk::Request Exchange::request(Call call, std::int64_t now_ms) {
  method_ = call.method;
  return alipay::call(
      account_,
      account_.parameters(call.method, std::move(call.biz_content), now_ms, call.notify_url),
      call.resend_safe);
}

sdk::Step Exchange::resume(const Response& response, std::int64_t now_ms) {
  if (!held_) return judge(response, now_ms, true);
  account_.trust->install(downloaded_pem(response), wanted_sn_, now_ms);
  const Response answer = *std::move(held_);
  held_.reset();
  return judge(answer, now_ms, false);
}

sdk::Step Exchange::judge(const Response& response, std::int64_t now_ms, bool may_download) {
  if (response.transport != Transport::ok)
    return common::not_answered(response.transport, "Alipay");
  if (response.body.size() > max_answer_bytes)
    return unknown(Reason::unverified, "answer_too_long", "");
  if (response.status != 200) return unknown("http_" + std::to_string(response.status), "");

  const auto text = AnswerText::read(response.body, method_);
  if (!text) return unknown(Reason::unverified, "malformed", "the answer is none of the gateway's");
  auto answer = Answer::read(text->node);
  if (!answer) return unknown(Reason::unverified, "malformed", "the answer has no code");
  if (text->sign.empty()) return unsigned_refusal(*answer);

  Check check = account_.trust->check(text->node, text->sign, text->cert_sn, now_ms);
  if (check == Check::unknown_serial && may_download &&
      account_.trust->claim_download(text->cert_sn, now_ms)) {
    held_ = response;
    wanted_sn_ = text->cert_sn;
    return alipay::call(
        account_,
        account_.parameters(download_method,
                            common::JsonObjectWriter().text("alipay_cert_sn", wanted_sn_).finish(),
                            now_ms),
        true);
  }
  if (check == Check::mismatch) {
    const std::string unescaped = without_escaped_slashes(text->node);
    check = account_.trust->check(unescaped, text->sign, text->cert_sn, now_ms);
    answer = Answer::read(unescaped);  // what is read is what was verified
  }
  if (check != Check::genuine || !answer)
    return unknown(Reason::unverified, word(check), "the answer's signature does not hold");
  return answered(*answer, now_ms);
}

}  // namespace tollgate::alipay
