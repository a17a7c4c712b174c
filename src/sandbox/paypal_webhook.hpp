// Webhooks as PayPal sends and verifies them (channel document, section 5).
#pragma once

#include <string>
#include <string_view>

#include "base/random.hpp"
#include "sandbox/distortion.hpp"
#include "sandbox/notice.hpp"
#include "sandbox/paypal_keys.hpp"
#include "sandbox/paypal_order.hpp"

namespace tollgate::sandbox {

struct PaypalSending {
  const PaypalKeys& keys;
  const PaypalApp& app;
  std::string url;  ///< Where the simulator is reached.
  TimeMs now;
  Random& random;
};
/// A complete webhook: the event's id and body stay over retries, the transmission is fresh.
NoticeMessage paypal_webhook(const Notice& notice, const Distortion& distortion,
                             const PaypalSending& sending);

/// transmission id | time | webhook id | crc32 of the body in decimal.
std::string paypal_signed_text(std::string_view id, std::string_view time,
                               std::string_view webhook_id, std::string_view body);

/// Answers a postback verification: SUCCESS or FAILURE, or nothing where the body is no such
/// request.
std::optional<std::string> paypal_verification(const std::string& body, const PaypalKeys& keys,
                                               const PaypalApp& app);

}  // namespace tollgate::sandbox
