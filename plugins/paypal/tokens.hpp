// The account's bearer token: fetched when there is none, renewed before it ends, dropped when the
// API refuses it.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "tollgate/channel.hpp"

namespace tollgate::paypal {

/// Thread-safe; shared by all operations of a channel.
class Tokens {
 public:
  /// The token to use now; "" where one must be fetched first. Near its end one caller in half a
  /// minute is told to fetch while the others go on with the old one.
  std::string take(std::int64_t now_ms);
  /// The token, if it is still good for a request; "" otherwise.
  std::string current(std::int64_t now_ms) const;
  /// Takes in an answer to POST /v1/oauth2/token; false, and nothing changes, where it is none.
  bool install(const sdk::Response& response, std::int64_t now_ms);
  /// Forgets this token, unless another one has replaced it already.
  void drop(std::string_view token);

 private:
  mutable std::mutex mutex_;
  std::string token_;
  std::int64_t expires_ms_ = 0;
  std::int64_t claimed_ms_ = 0;
};

}  // namespace tollgate::paypal
