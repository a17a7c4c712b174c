// Money: an integer of minor units with its currency. No floating point anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

/// An ISO 4217 currency of the table in money.cpp; others do not exist here.
class Currency {
 public:
  /// Three upper-case letters; nothing for a code that the table lacks.
  static std::optional<Currency> parse(std::string_view code);

  std::string_view code() const;
  /// Digits after the decimal point: 2 for CNY, 0 for JPY, 3 for KWD.
  int exponent() const;
  bool operator==(const Currency&) const = default;

 private:
  explicit constexpr Currency(std::uint8_t index) : index_(index) {}
  std::uint8_t index_;
};

/// Arithmetic answers nothing on overflow or between different currencies.
class Money {
 public:
  Money(std::int64_t amount_minor, Currency currency)
      : amount_minor_(amount_minor), currency_(currency) {}

  std::int64_t amount_minor() const { return amount_minor_; }
  Currency currency() const { return currency_; }

  std::optional<Money> plus(const Money& other) const;
  std::optional<Money> minus(const Money& other) const;
  std::optional<Money> times(std::int64_t factor) const;

  /// Exact decimal in major units: "99.00", "-0.05", "500" for JPY.
  std::string to_decimal() const;
  /// Exact: optional minus, digits, at most the currency's decimals. "1", "1.0" and "1.00" are
  /// equal.
  static std::optional<Money> parse_decimal(std::string_view text, Currency currency);

  bool operator==(const Money&) const = default;

 private:
  std::int64_t amount_minor_;
  Currency currency_;
};

}  // namespace tollgate
