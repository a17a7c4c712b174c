// Money as a buyer reads it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::console {

struct AmountText {
  std::string symbol;   ///< "¥"; empty where the code alone is clear.
  std::string number;   ///< "1,234.50": grouped, with exactly the currency's decimals.
  std::string decimal;  ///< "1234.50", for machines.
  std::string code;     ///< "CNY".

  /// "¥1,234.50", or "1,234.500 KWD".
  std::string brief() const { return symbol.empty() ? number + " " + code : symbol + number; }
};

/// Throws std::invalid_argument for a currency that base/money does not know.
AmountText amount_text(std::int64_t amount_minor, std::string_view currency);

}  // namespace tollgate::console
