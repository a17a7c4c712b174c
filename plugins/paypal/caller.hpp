// One authorised call of the API, with the token that it needs around it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "paypal/account.hpp"

namespace tollgate::paypal {

/// What a call came to.
struct ApiAnswer {
  sdk::Response response;
  bool sent = true;  ///< False: no token could be had, `response` is the answer to that.
};

/// [token] ─▶ call ─▶ [token, where the call was answered 401 ─▶ call] ─▶ answer. Several calls may
/// follow one another; a refused token is replaced once over all of them.
class Caller {
 public:
  explicit Caller(const Account& account) : account_(account) {}

  sdk::Request call(ApiRequest request, std::int64_t now_ms);
  /// After each response: the next thing to send, or the answer to the call.
  std::variant<sdk::Request, ApiAnswer> resume(const sdk::Response& response, std::int64_t now_ms);

 private:
  sdk::Request send(std::string token);

  const Account& account_;
  ApiRequest request_;
  std::string token_;      // that the call was sent with; "" while a token is asked for
  bool replaced_ = false;  // a token was refused once
};

}  // namespace tollgate::paypal
