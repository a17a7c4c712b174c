// What PayPal's API says of an order, a capture or a refund, as an outcome (paypal.md section 4).
#pragma once

#include <string>

#include "common/json.hpp"
#include "paypal/account.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::paypal {

/// How long PayPal lets an order wait for its buyer.
inline constexpr std::int64_t order_life_ms = 3LL * 3600 * 1000;

struct OrderFacts {
  std::string id;
  std::string seen;   ///< Status and time of the last change: differs once something happened.
  std::string link;   ///< Where the buyer approves; "" for none.
  bool open = false;  ///< Waits for the buyer or for us; no money has moved.
  /// succeeded by a capture that is completed (and perhaps refunded since), pending by one that is
  /// held, failed where all were declined. An approved order is pending (authorised). Paid without
  /// all that proves it is unknown, never succeeded.
  sdk::Outcome outcome;
};

/// An order in full, as a GET or `Prefer: return=representation` brings it, of one purchase unit.
OrderFacts read_order(common::JsonValue order, const Account& account);

/// A refund in full. Its receiver is who gave the money back, where PayPal tells that and the
/// account knows its merchant id; else "", and the caller sees to it that the refund is of a
/// capture of ours.
sdk::Outcome read_refund(common::JsonValue refund, const Account& account);
/// The id of the capture that a refund belongs to, by its link; "" where it has none.
std::string refunded_capture(common::JsonValue refund);

/// GET /v2/checkout/orders/{id}
ApiRequest order_request(std::string_view order_id);

}  // namespace tollgate::paypal
