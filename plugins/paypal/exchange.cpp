#include "paypal/exchange.hpp"

namespace tollgate::paypal {
namespace {

using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

}  // namespace

sdk::Step Exchange::start(std::int64_t now_ms) {
  return step(ask(now_ms), now_ms);
}

sdk::Step Exchange::resume(const sdk::Response& response, std::int64_t now_ms) {
  auto next = caller_.resume(response, now_ms);
  if (auto* request = std::get_if<sdk::Request>(&next)) return std::move(*request);
  return step(judge(std::get<ApiAnswer>(next), now_ms), now_ms);
}

sdk::Step Exchange::step(Move move, std::int64_t now_ms) {
  if (auto* outcome = std::get_if<Outcome>(&move)) return std::move(*outcome);
  return caller_.call(std::get<ApiRequest>(std::move(move)), now_ms);
}

Move Exchange::judge(const ApiAnswer& answer, std::int64_t now_ms) {
  const auto& response = answer.response;
  if (response.transport != sdk::Transport::ok)
    return common::not_answered(response.transport, "PayPal");
  if (response.body.size() > max_answer_bytes())
    return unknown("answer_too_long", "the answer is longer than any of PayPal's");
  const ApiError error = ApiError::of(response);
  if (!answer.sent) {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.refused() && error.configuration()) return without_token(error);
    return unknown("no_token", "nothing was asked: PayPal gave no access token");
  }
  if (response.status == 200 || response.status == 201) return accepted(response, now_ms);
  if (!error.refused() && !error.too_often()) return error.outcome(Verdict::unknown);
  return refused(error, now_ms);
}

Outcome Exchange::without_token(const ApiError& error) const {
  return error.outcome(Verdict::unknown, Reason::configuration);
}

}  // namespace tollgate::paypal
