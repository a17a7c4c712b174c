// A line of a report (paypal.md section 3.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/json.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::paypal {

/// `info` is a transaction_info. Checkout payments that came in and refunds that went out are told
/// as such, T01xx as fees, all else as other. Nothing where an amount is none.
std::optional<sdk::BillLine> read_bill_line(common::JsonValue info);

/// RFC 3339, or with an offset without a colon, as reports have it ("+0000").
std::optional<std::int64_t> report_time(std::string_view text);

}  // namespace tollgate::paypal
