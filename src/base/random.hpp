// Randomness is injected, so that a run can be repeated from its seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <span>
#include <string>

namespace tollgate {

class Random {
 public:
  virtual ~Random() = default;
  /// Fills `out`. Thread-safe. Throws std::runtime_error when the system has no randomness.
  virtual void fill(std::span<unsigned char> out) = 0;

  std::uint64_t u64();
  /// Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// `count` characters of [0-9A-Za-z], for nonces and tokens (5.95 bits each).
  std::string alphanumeric(std::size_t count);
  /// `value` changed by up to ±`percent` %, evenly.
  std::int64_t jitter(std::int64_t value, int percent);
};

/// Cryptographic randomness of OpenSSL.
class SystemRandom final : public Random {
 public:
  void fill(std::span<unsigned char> out) override;
};

/// Repeatable; for tests and simulation only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<unsigned char> out) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace tollgate
