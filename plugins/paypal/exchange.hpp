// An operation over the API: one call or several, each with the token that it needs.
#pragma once

#include <cstdint>
#include <variant>

#include "paypal/api.hpp"
#include "paypal/caller.hpp"

namespace tollgate::paypal {

/// What to do next: ask the API, or end.
using Move = std::variant<ApiRequest, sdk::Outcome>;

/// A complete answer of 200 or 201 goes to `accepted`, any other complete one to `refused`. No
/// token, no answer, one that is too long or that is no error of PayPal's: the operation ends as
/// unknown.
class Exchange : public sdk::Operation {
 public:
  explicit Exchange(const Account& account) : account_(account), caller_(account) {}
  sdk::Step start(std::int64_t now_ms) final;
  sdk::Step resume(const sdk::Response& response, std::int64_t now_ms) final;

 protected:
  virtual Move ask(std::int64_t now_ms) = 0;
  virtual Move accepted(const sdk::Response& response, std::int64_t now_ms) = 0;
  /// `error.refused()` or too_often().
  virtual Move refused(const ApiError& error, std::int64_t now_ms) = 0;
  /// The account's credentials are refused, and nothing was asked.
  virtual sdk::Outcome without_token(const ApiError& error) const;
  virtual std::size_t max_answer_bytes() const { return 1'048'576; }

  const Account& account_;

 private:
  sdk::Step step(Move move, std::int64_t now_ms);
  Move judge(const ApiAnswer& answer, std::int64_t now_ms);

  Caller caller_;
};

}  // namespace tollgate::paypal
