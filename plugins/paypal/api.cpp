#include "paypal/api.hpp"

#include <algorithm>
#include <array>

#include "common/encoding.hpp"

namespace tollgate::paypal {
namespace {

using common::bounded;
using common::one_of;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t max_code_bytes = 64;
constexpr std::size_t max_message_bytes = 512;
constexpr std::size_t max_link_bytes = 2048;
constexpr std::size_t max_links = 32;

bool is_web_address(std::string_view text) {
  const bool scheme = text.starts_with("https://") || text.starts_with("http://127.0.0.1:") ||
                      text.starts_with("http://localhost:");
  return scheme && text.size() <= max_link_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c <= '~' &&
                  std::string_view("\"'<>\\^`{|}").find(c) == std::string_view::npos;
         });
}

}  // namespace

ApiError ApiError::of(const sdk::Response& response) {
  ApiError error;
  error.status = response.status;
  if (const auto document = common::JsonDocument::parse(response.body)) {
    const auto root = document->root();
    const auto detail = root["details"].at(0);
    error.name = bounded(root["name"].text_or_empty(), max_code_bytes);
    // The token's answer, and the gate before the API, have a form of their own.
    if (error.name.empty()) error.name = bounded(root["error"].text_or_empty(), max_code_bytes);
    error.issue = bounded(detail["issue"].text_or_empty(), max_code_bytes);
    for (const auto text : {detail["description"], root["message"], root["error_description"]})
      if (error.message.empty()) error.message = bounded(text.text_or_empty(), max_message_bytes);
    error.redirect = buyer_link(root["links"], "redirect");
  }
  constexpr std::int64_t max_retry_after_s = 3600;
  const auto told = common::parse_digits(response.header("retry-after"));
  error.retry_after_s = std::min(told.value_or(0), max_retry_after_s);
  return error;
}

bool ApiError::too_often() const {
  return status == 429 || name == "RATE_LIMIT_REACHED";
}

bool ApiError::refused() const {
  return status >= 400 && status < 500 && !name.empty() && !in_progress();
}

bool ApiError::configuration() const {
  constexpr std::array<std::string_view, 7> words{
      "AUTHENTICATION_FAILURE", "NOT_AUTHORIZED", "PERMISSION_DENIED",  "CONSENT_NEEDED",
      "invalid_client",         "invalid_token",  "unauthorized_client"};
  return one_of(words, name) || one_of(words, issue);
}

bool ApiError::gone() const {
  return (status == 404 && (name == "RESOURCE_NOT_FOUND" || issue == "INVALID_RESOURCE_ID")) ||
         (refused() && issue == "ORDER_EXPIRED");
}

bool ApiError::in_progress() const {
  return issue == "PREVIOUS_REQUEST_IN_PROGRESS" || issue == "ORDER_COMPLETION_IN_PROGRESS";
}

bool ApiError::buyer_must_act() const {
  constexpr std::array<std::string_view, 3> issues{"INSTRUMENT_DECLINED", "PAYER_ACTION_REQUIRED",
                                                   "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"};
  return refused() && one_of(issues, issue);
}

bool ApiError::final_refusal() const {
  constexpr std::array<std::string_view, 8> issues{"MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
                                                   "TRANSACTION_REFUSED",
                                                   "COMPLIANCE_VIOLATION",
                                                   "PAYER_CANNOT_PAY",
                                                   "PAYER_ACCOUNT_RESTRICTED",
                                                   "PAYER_ACCOUNT_LOCKED_OR_CLOSED",
                                                   "PAYEE_BLOCKED_TRANSACTION",
                                                   "TRANSACTION_BLOCKED_BY_PAYEE"};
  return refused() && one_of(issues, issue);
}

std::string ApiError::code() const {
  if (!issue.empty()) return issue;
  return name.empty() ? "http_" + std::to_string(status) : name;
}

Outcome ApiError::outcome(Verdict verdict, Reason reason) const {
  Outcome outcome(verdict, reason);
  outcome.channel_code = code();
  outcome.channel_message = message;
  if (verdict == Verdict::retry) outcome.retry_after_s = retry_after_s;
  return outcome;
}

std::string buyer_link(common::JsonValue links, std::string_view relation) {
  for (std::size_t i = 0; i < std::min(links.size(), max_links); ++i) {
    const auto href = links.at(i)["href"].text_or_empty();
    if (links.at(i)["rel"].text_or_empty() == relation && is_web_address(href))
      return std::string(href);
  }
  return {};
}

}  // namespace tollgate::paypal
