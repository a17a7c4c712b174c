#include "notify/attempt.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"

namespace tollgate::notify {
namespace {

constexpr std::size_t shown_characters = 200;
constexpr std::size_t response_bytes = 16 * 1024;
constexpr int jitter_percent = 20;
constexpr std::int64_t longest_retry_after_s = 7 * 86'400;

/// The front of text from outside, fit for a row and a page.
std::string excerpt(std::string_view text) {
  std::string clean = repair_utf8(text.substr(0, shown_characters * 4));
  std::ranges::replace_if(
      clean, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return std::string(utf8_prefix(clean, shown_characters));
}

bool is_success(int status) {
  return status >= 200 && status <= 299;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return std::min(number, longest_retry_after_s);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 IMF-fixdate).
std::optional<TimeMs> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = std::ranges::find(months, text.substr(8, 3));
  if (month == months.end()) return std::nullopt;
  const std::string number = std::to_string(month - months.begin() + 1);
  std::string rfc3339(text.substr(12, 4));
  rfc3339.append(number.size() == 1 ? "-0" : "-").append(number);
  rfc3339.append("-").append(text.substr(5, 2)).append("T").append(text.substr(17, 8)).append("Z");
  return from_rfc3339(rfc3339);
}

std::int64_t next_gap_ms(const Policy& policy, std::size_t tries, const Verdict& verdict,
                         Random& random) {
  const std::int64_t gap = random.jitter(policy.gaps_ms.at(tries), jitter_percent);
  if (!verdict.retry_after_s) return gap;
  return std::clamp(*verdict.retry_after_s * 1000, gap, 2 * gap);
}

}  // namespace

Target make_target(const Webhook& webhook, const KeyMaker& keys) {
  Target target;
  target.version = webhook.version;
  target.url = webhook.url;
  target.key = keys.make(webhook.id, webhook.generation);
  if (webhook.rotated) {
    target.previous_key = keys.make(webhook.id, webhook.generation - 1);
    target.previous_until = webhook.rotated->plus_ms(Target::overlap_ms);
  }
  return target;
}

std::string make_body(const outbox::ClaimedDelivery& delivery) {
  json::Writer w;
  w.begin_object().field("type", delivery.type);
  w.field("timestamp", to_rfc3339(delivery.event_created));
  w.raw_field("data", delivery.data).end_object();
  return w.take();
}

net::ClientRequest make_request(const Target& target, const outbox::ClaimedDelivery& delivery,
                                const Policy& policy, TimeMs now) {
  net::ClientRequest request(net::Method::post, target.url);
  request.body = make_body(delivery);
  request.timeout_ms = policy.timeout_ms;
  request.connect_timeout_ms = std::min(request.connect_timeout_ms, policy.timeout_ms);
  request.response_bytes = response_bytes;
  request.head_suffices = true;
  request.allow_address = [reach = policy.reach()](const boost::asio::ip::address& address) {
    return is_reachable(address, reach);
  };

  const std::string id = delivery.event.str();
  const std::int64_t timestamp_s = now.ms / 1000;
  std::string signature = sign(id, timestamp_s, request.body, target.key);
  if (!target.previous_key.empty() && now < target.previous_until)
    signature.append(" ").append(sign(id, timestamp_s, request.body, target.previous_key));
  request.headers.add("content-type", "application/json");
  request.headers.add("webhook-id", id);
  request.headers.add("webhook-timestamp", std::to_string(timestamp_s));
  request.headers.add("webhook-signature", std::move(signature));
  return request;
}

Verdict judge(const net::ClientResponse& response, TimeMs now) {
  Verdict verdict;
  if (response.status > 0) verdict.status = response.status;
  if (is_success(response.status)) {
    verdict.kind = Verdict::Kind::delivered;
  } else if (response.address_refused) {
    verdict.kind = Verdict::Kind::address_refused;
    verdict.error = "the address is refused: not a public one";
  } else if (response.status == 0) {
    verdict.error = excerpt(response.error);
  } else {
    verdict.kind = response.status == 410 ? Verdict::Kind::gone : Verdict::Kind::http_error;
    verdict.error = "HTTP " + std::to_string(response.status);
    if (!response.body.empty()) verdict.error += ": " + excerpt(response.body);
    const auto retry_after = response.headers.find("Retry-After");
    if (retry_after && (response.status == 429 || response.status == 503))
      verdict.retry_after_s = parse_retry_after(*retry_after, now);
  }
  return verdict;
}

outbox::AttemptResult conclude(const outbox::ClaimedDelivery& delivery, const Verdict& verdict,
                               const Policy& policy, TimeMs now, Random& random) {
  outbox::AttemptResult result;
  result.id = delivery.id;
  result.token = delivery.token;
  result.attempts = delivery.attempts + 1;
  result.next_attempt = now;
  result.last_status = verdict.status;
  const auto tries = static_cast<std::size_t>(result.attempts);
  if (verdict.kind == Verdict::Kind::delivered) {
    result.status = outbox::DeliveryStatus::delivered;
    result.delivered = now;
    return result;
  }
  result.last_error = verdict.error;
  if (tries >= policy.gaps_ms.size())
    result.status = outbox::DeliveryStatus::dead;
  else
    result.next_attempt = now.plus_ms(next_gap_ms(policy, tries, verdict, random));
  return result;
}

std::optional<std::int64_t> parse_retry_after(std::string_view value, TimeMs now) {
  if (const auto seconds = parse_number(value)) return seconds;
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  return std::clamp<std::int64_t>((date->ms - now.ms + 999) / 1000, 0, longest_retry_after_s);
}

}  // namespace tollgate::notify
