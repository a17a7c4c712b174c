#include "paypal/webhook.hpp"

#include <zlib.h>

#include <algorithm>

#include "common/encoding.hpp"
#include "common/json.hpp"

namespace tollgate::paypal {
namespace {

constexpr std::size_t max_id_bytes = 128;

}  // namespace

Transmission Transmission::of(const sdk::CallbackInput& input) {
  return {input.header("paypal-transmission-id"), input.header("paypal-transmission-time"),
          input.header("paypal-transmission-sig"), input.header("paypal-cert-url"),
          input.header("paypal-auth-algo")};
}

bool Transmission::complete() const {
  return !id.empty() && !time.empty() && !signature.empty() && !cert_url.empty() &&
         !algorithm.empty();
}

bool Transmission::sound() const {
  return algorithm == "SHA256withRSA" && common::is_token(id, max_id_bytes, "-");
}

std::string signed_text(const Transmission& transmission, std::string_view webhook_id,
                        std::string_view body) {
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
  std::string text;
  for (const auto part : {transmission.id, transmission.time, webhook_id})
    text.append(part).append("|");
  return text + std::to_string(crc);
}

std::string question(const Transmission& transmission, std::string_view webhook_id,
                     std::string_view event) {
  return common::JsonObjectWriter()
      .text("auth_algo", transmission.algorithm)
      .text("cert_url", transmission.cert_url)
      .text("transmission_id", transmission.id)
      .text("transmission_sig", transmission.signature)
      .text("transmission_time", transmission.time)
      .text("webhook_id", webhook_id)
      .raw("webhook_event", event)
      .finish();
}

}  // namespace tollgate::paypal
