// The text that a row is hashed as: its fields as netstrings ("4:paid,"), so that no two rows with
// different fields have the same text. Anybody can compute it from the row.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace tollgate::journal {

/// What stands before the first row of a chain: 64 zeros.
extern const std::string no_hash;

class Canonical {
 public:
  /// `what` keeps the rows of different tables apart.
  explicit Canonical(std::string_view what) { add(what); }

  Canonical& add(std::string_view text) {
    text_ += std::to_string(text.size());
    text_ += ':';
    text_ += text;
    text_ += ',';
    return *this;
  }
  template <std::integral T>
  Canonical& add(T number) {
    return add(std::string_view(std::to_string(number)));
  }

  /// SHA-256 in 64 lower-case hexadecimal digits.
  std::string hash() const;

 private:
  std::string text_;
};

}  // namespace tollgate::journal
