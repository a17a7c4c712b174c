// Values that must never be printed, logged or stored.
#pragma once

#include <openssl/crypto.h>

#include <string>
#include <utility>

namespace tollgate {

/// Holds a value without any way to print it; a std::string is wiped on destruction.
/// `reveal()` is the only door, easy to find in review.
template <class T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::exchange(other.value_, T{})) {}
  Secret& operator=(Secret&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Secret() { wipe(); }

  const T& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  template <class Stream>
  friend Stream& operator<<(Stream&, const Secret&) = delete;

 private:
  void wipe() {
    if constexpr (requires { value_.data(); })
      if (!value_.empty()) OPENSSL_cleanse(value_.data(), value_.size());
  }
  T value_{};
};

}  // namespace tollgate
