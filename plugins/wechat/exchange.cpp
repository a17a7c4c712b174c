#include "wechat/exchange.hpp"

#include "common/outcome.hpp"

namespace tollgate::wechat {
namespace {

using common::unknown;
using sdk::Outcome;
using sdk::Reason;
using sdk::Response;
using sdk::Transport;
using sdk::Verdict;

constexpr std::size_t max_answer_bytes = 1024 * 1024;

}  // namespace

sdk::Step Exchange::start(std::int64_t now_ms) {
  if (account_.trust->claim_routine_fetch(now_ms)) return account_.certificates_request(now_ms);
  phase_ = Phase::exchange;
  return ask(now_ms);
}

sdk::Step Exchange::resume(const Response& response, std::int64_t now_ms) {
  switch (phase_) {
    case Phase::before:
      account_.trust->install(response, now_ms);
      if (!account_.trust->can_verify(now_ms))
        return unknown(Reason::unverified, "certificates_unavailable",
                       "nothing was asked: no platform certificate could be had");
      phase_ = Phase::exchange;
      return ask(now_ms);
    case Phase::exchange:
      return after_exchange(response, now_ms);
    case Phase::after:
      break;
  }
  account_.trust->install(response, now_ms);
  const Arrived& held = held_.value();
  return judge(held, account_.trust->check(SignedText::of(held.response), held.at_ms));
}

sdk::Step Exchange::after_exchange(const Response& response, std::int64_t now_ms) {
  if (response.transport != Transport::ok)
    return common::not_answered(response.transport, "WeChat Pay");
  if (response.body.size() > max_answer_bytes)
    return unknown(Reason::unverified, "answer_too_long", "");
  if (response.status < 200 || response.status > 299) return refused(ApiError::of(response));
  // 202 is taken in but not done, and no other success is defined.
  if (response.status != 200 && response.status != 204)
    return ApiError::of(response).outcome(Verdict::unknown);

  const Check check = account_.trust->check(SignedText::of(response), now_ms);
  const bool fetch = check == Check::unknown_serial &&
                     account_.trust->claim_fetch_for(response.header("wechatpay-serial"), now_ms);
  if (!fetch) return judge({response, now_ms}, check);
  held_ = Arrived{response, now_ms};
  phase_ = Phase::after;
  return account_.certificates_request(now_ms);
}

Outcome Exchange::judge(const Arrived& answer, Check check) {
  if (check != Check::genuine)
    return unknown(Reason::unverified, word(check), "the answer's signature does not hold");
  return accepted(answer.response, answer.at_ms);
}

}  // namespace tollgate::wechat
