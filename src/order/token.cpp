#include "order/token.hpp"

#include "base/crypto.hpp"

namespace tollgate::order {
namespace {

constexpr std::size_t id_bytes = 8;
constexpr std::size_t mac_bytes = 12;
constexpr std::size_t token_size = 27;

}  // namespace

std::string TokenMint::mint(OrderId id) const {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(static_cast<std::uint64_t>(id.value()) >> shift & 0xFF);
  bytes += hmac_sha256(key_.reveal(), "order-token\n" + bytes).substr(0, mac_bytes);
  return base64url_encode(bytes);
}

std::optional<OrderId> TokenMint::open(std::string_view token) const {
  if (token.size() != token_size) return std::nullopt;
  std::string text(token);
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const auto bytes = base64_decode(text + "=");
  if (!bytes || bytes->size() != id_bytes + mac_bytes) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < id_bytes; ++i)
    value = value << 8 | static_cast<unsigned char>((*bytes)[i]);
  const OrderId id(static_cast<std::int64_t>(value));
  if (!equal_constant_time(mint(id), token)) return std::nullopt;
  return id;
}

}  // namespace tollgate::order
