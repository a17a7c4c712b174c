// The events that webhooks may ask for.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace tollgate::notify {

inline constexpr std::array<std::string_view, 17> event_types{
    "order.created",   "order.paid",       "order.cancelled",    "order.expired",
    "order.failed",    "order.refunded",   "payment.created",    "payment.paid",
    "payment.failed",  "payment.closed",   "payment.mismatched", "payment.late",
    "refund.created",  "refund.succeeded", "refund.failed",      "reconciliation.completed",
    "webhook.disabled"};

inline bool is_event_type(std::string_view word) {
  return std::ranges::find(event_types, word) != event_types.end();
}

}  // namespace tollgate::notify
