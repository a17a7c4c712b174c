// One try of a delivery: what is sent, and what the answer means. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "net/http_client.hpp"
#include "notify/policy.hpp"
#include "notify/signing.hpp"
#include "notify/webhook_store.hpp"
#include "outbox/deliveries.hpp"

namespace tollgate::notify {

/// An endpoint with its keys, made anew when the webhook's version changes.
struct Target {
  static constexpr std::int64_t overlap_ms = 24 * 3'600'000;

  std::int64_t version = 0;
  std::string url;
  SigningKey key;
  SigningKey previous_key;  ///< Empty where it was never rotated.
  TimeMs previous_until;    ///< Signs beside `key` before this time.
};
Target make_target(const Webhook& webhook, const KeyMaker& keys);

/// {"type", "timestamp", "data"}: the same bytes on every try.
std::string make_body(const outbox::ClaimedDelivery& delivery);

/// The signed POST. Refused addresses as the policy says.
net::ClientRequest make_request(const Target& target, const outbox::ClaimedDelivery& delivery,
                                const Policy& policy, TimeMs now);

struct Verdict {
  enum class Kind {
    delivered,
    http_error,       ///< An answer that is no 2xx; redirects are not followed.
    transport_error,  ///< No complete answer in time.
    address_refused,
    gone,  ///< 410: the endpoint wants no more.
  };
  Kind kind = Kind::transport_error;
  std::optional<int> status;
  std::string error;  ///< Empty where delivered; UTF-8, at most 300 characters.
  std::optional<std::int64_t> retry_after_s;  ///< Asked for by 429 or 503.
};
/// `now` turns a Retry-After date into seconds.
Verdict judge(const net::ClientResponse& response, TimeMs now);

/// The row after an attempt: delivered, pending with its next time, or dead when the tries are
/// spent.
outbox::AttemptResult conclude(const outbox::ClaimedDelivery& delivery, const Verdict& verdict,
                               const Policy& policy, TimeMs now, Random& random);

/// Seconds to wait from a Retry-After value (a number or an HTTP date); nothing where it is
/// neither.
std::optional<std::int64_t> parse_retry_after(std::string_view value, TimeMs now);

}  // namespace tollgate::notify
