// The cashier's token: proves that its bearer was given the order's link, without a row of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "base/strong_id.hpp"

namespace tollgate::order {

/// 27 characters of [A-Za-z0-9_-]: the id and 12 bytes of HMAC-SHA256 over it. Immutable.
class TokenMint {
 public:
  explicit TokenMint(Secret<std::string> key) : key_(std::move(key)) {}
  std::string mint(OrderId id) const;
  /// The order of a genuine token.
  std::optional<OrderId> open(std::string_view token) const;

 private:
  Secret<std::string> key_;
};

}  // namespace tollgate::order
