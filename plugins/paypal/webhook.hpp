// The proof that a webhook carries (paypal.md section 5.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tollgate/channel.hpp"

namespace tollgate::paypal {

/// The five headers of the proof.
struct Transmission {
  std::string_view id, time, signature, cert_url, algorithm;

  /// `input` must outlive this.
  static Transmission of(const sdk::CallbackInput& input);

  bool complete() const;
  /// The algorithm is the one that is documented, and no text can break out of what is signed.
  bool sound() const;
};

/// transmission id | time | webhook id | CRC-32 of the raw body. The webhook id is ours: it binds
/// the message to this account.
std::string signed_text(const Transmission& transmission, std::string_view webhook_id,
                        std::string_view body);

/// The body of POST /v1/notifications/verify-webhook-signature. `event` is one JSON value, spliced
/// in as it came: written anew it would not be what was signed.
std::string question(const Transmission& transmission, std::string_view webhook_id,
                     std::string_view event);

}  // namespace tollgate::paypal
