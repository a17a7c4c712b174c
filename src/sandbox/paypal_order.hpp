// What is asked of Orders v2, and what is said of an order (channel document, section 3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "sandbox/paypal_error.hpp"
#include "sandbox/paypal_keys.hpp"
#include "sandbox/paypal_wire.hpp"
#include "sandbox/trade.hpp"

namespace tollgate::sandbox {

/// What PayPal remembers of an order beyond what all channels do.
struct PaypalDetails final : Details {
  std::string reference_id = "default";
  std::string custom_id;
  std::string invoice_id;
  std::string description;
  std::string return_url;
  std::string cancel_url;
  bool with_source = false;  ///< payment_source was given: PAYER_ACTION_REQUIRED, not CREATED.
};

struct PaypalOrder {
  PaypalDetails details;
  std::int64_t amount = 0;  ///< ISO 4217 minor units.
  std::string currency;
};
struct PaypalOrderOrError {
  PaypalOrder order;
  std::optional<PaypalError> error;
};
PaypalOrderOrError read_paypal_order(const std::string& body, const PaypalApp& app);
/// A capture's body: {} or nothing.
std::optional<PaypalError> read_paypal_capture(const std::string& body);

/// What PayPal remembers of a refund beyond what all channels do.
struct PaypalRefundDetails final : Details {
  std::string custom_id;
  std::string invoice_id;
  std::string note;
};
struct PaypalRefund {
  PaypalRefundDetails details;
  std::optional<PaypalMoney> amount;  ///< Nothing: all that is left.
};
struct PaypalRefundOrError {
  PaypalRefund refund;
  std::optional<PaypalError> error;
};
PaypalRefundOrError read_paypal_refund(const std::string& body);

/// Decimals that PayPal takes for a currency: none for HUF, JPY and TWD.
int paypal_decimals(std::string_view currency);
/// In major units, with PayPal's decimals.
std::string paypal_value(std::int64_t minor, std::string_view currency);

struct PaypalView {
  std::string url;  ///< Where the simulator is reached.
  const PaypalApp& app;
  std::optional<std::int64_t> amount = {};  ///< Told in spite of the books.
  std::optional<std::string> currency = {};
  std::optional<std::string> payee = {};
  bool within_order = false;  ///< A capture is told as a part of its order.
};
std::string paypal_status(const Trade& trade);
/// `full`: everything; else id, status and links.
std::string paypal_order_json(const Trade& trade, const PaypalView& view, bool full);
std::string paypal_capture_json(const Trade& trade, const PaypalView& view);
/// `view.amount` stands for the refund's.
std::string paypal_refund_json(const Trade& trade, const Refund& refund, const PaypalView& view);
/// 13 characters that belong to what was typed at the log-in.
std::string paypal_payer_id(std::string_view payer);
/// yyyy-MM-ddTHH:mm:ssZ.
std::string paypal_time(TimeMs time);

}  // namespace tollgate::sandbox
