// What a signed message of iPayLinks' says of a trade or a refund, as an outcome (ipaylinks.md
// section 4).
#pragma once

#include "common/form.hpp"
#include "ipaylinks/account.hpp"

namespace tollgate::ipaylinks {

/// Paid without all that proves it (number, trade, amount, currency, merchant) is unknown, never
/// succeeded. A state that is not named is unknown; none at all, in an answer about our number,
/// means that iPayLinks knows no such trade.
sdk::Outcome read_trade(const common::Form& message, const Account& account);

/// The same of a refund (second generation): succeeded only where it tells of which payment
/// and how much, and neither succeeded nor failed where it tells of a sale.
sdk::Outcome read_refund(const common::Form& message, const Account& account);

/// The value of a field; "" for none.
std::string_view field(const common::Form& message, std::string_view name);

}  // namespace tollgate::ipaylinks
