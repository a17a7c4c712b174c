#include "base/random.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "base/error.hpp"

namespace tollgate {
namespace {

/// A draw from the system costs more than the bytes that it brings.
constexpr std::size_t random_block = 64;

}  // namespace

std::uint64_t Random::u64() {
  std::array<unsigned char, 8> bytes{};
  fill(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  TOLLGATE_ASSERT(bound > 0);
  // Draws from the incomplete last range are thrown away, so that every value is equally likely.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t value = u64();
  while (value >= limit) value = u64();
  return value % bound;
}

std::string Random::alphanumeric(std::size_t count) {
  static constexpr char alphabet[] =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string text(count, '\0');
  std::array<unsigned char, 16 * random_block> bytes{};
  std::span<const unsigned char> drawn;
  for (char& c : text) {
    unsigned char byte = 255;
    while (byte >= 248) {  // 4 × 62: the rest would favour the first letters
      if (drawn.empty()) {
        const std::size_t blocks = (count + random_block - 1) / random_block;
        const auto wanted = std::span(bytes).first(std::min(blocks * random_block, bytes.size()));
        fill(wanted);
        drawn = wanted;
      }
      byte = drawn.front();
      drawn = drawn.subspan(1);
    }
    --count;
    c = alphabet[byte % 62];
  }
  return text;
}

std::int64_t Random::jitter(std::int64_t value, int percent) {
  const std::int64_t spread = value * percent / 100;
  if (spread <= 0) return value;
  return value - spread +
         static_cast<std::int64_t>(below(static_cast<std::uint64_t>(2 * spread + 1)));
}

void SystemRandom::fill(std::span<unsigned char> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
    throw std::runtime_error("the system gives no random bytes");
}

void SeededRandom::fill(std::span<unsigned char> out) {
  const std::lock_guard lock(mutex_);
  for (auto& byte : out) byte = static_cast<unsigned char>(engine_() >> 56);
}

}  // namespace tollgate
