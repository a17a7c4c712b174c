// How amounts are written (ipaylinks.md sections 3.1 and 3.2).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::ipaylinks {

/// As the capability lists them.
inline constexpr std::string_view currencies =
    "AUD,CAD,CHF,DKK,EUR,GBP,HKD,ISK,JPY,KRW,MYR,NOK,NZD,SEK,SGD,THB,TWD,USD,VND";

/// Whole numbers of a fraction of the major unit. The first generation counts hundredths in every
/// currency; of the second that is known for currencies with two decimals alone. A currency whose
/// rule is unknown is not taken.
class Amounts {
 public:
  /// `overrides`: decimals by currency, where iPayLinks confirmed them.
  Amounts(bool hundredths_always, std::map<std::string, int, std::less<>> overrides)
      : hundredths_always_(hundredths_always), overrides_(std::move(overrides)) {}

  /// Nothing where the rule is unknown or the amount is not exact, not positive or too long.
  std::optional<std::string> write(std::int64_t minor, std::string_view currency) const;
  std::optional<std::int64_t> read(std::string_view text, std::string_view currency) const;

 private:
  std::optional<int> decimals(std::string_view currency) const;
  bool hundredths_always_;
  std::map<std::string, int, std::less<>> overrides_;
};

/// Of "JPY=0,KRW=2"; nothing for what is no such list.
std::optional<std::map<std::string, int, std::less<>>> parse_decimals(std::string_view list);

}  // namespace tollgate::ipaylinks
