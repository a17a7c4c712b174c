#include "notify/webhook_input.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "api/context.hpp"
#include "base/json_reader.hpp"
#include "base/time.hpp"
#include "net/url.hpp"
#include "notify/event_types.hpp"

namespace tollgate::notify {
namespace {

constexpr std::size_t longest_url = 2048;

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  return code == std::errc() && end == text.data() + text.size() && port > 0;
}

std::string read_url(json::Object& body, Reach reach) {
  std::string url = body.text("url", {.min = 1, .max = longest_url});
  if (url.empty()) return url;  // complained of already
  const std::string wrong = check_url(url, reach);
  if (!wrong.empty()) body.errors().add(body.pointer("url"), wrong);
  return url;
}

std::vector<std::string> read_events(json::Object& body) {
  auto events = body.texts("events", 1, event_types.size(), {.min = 1, .max = 64});
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& type = events[i];
    const std::string at = body.pointer("events") + "/" + std::to_string(i);
    if (type.empty()) continue;  // complained of already
    const auto here = events.begin() + static_cast<std::ptrdiff_t>(i);
    if (type == "*" && events.size() > 1)
      body.errors().add(at, "\"*\" means every type and stands alone");
    else if (type != "*" && !is_event_type(type))
      body.errors().add(at, "is no known event type");
    else if (std::find(events.begin(), here, type) != here)
      body.errors().add(at, "is there twice");
  }
  return events;
}

std::optional<TimeMs> read_time(json::Object& body, std::string_view name, bool needed) {
  const json::TextRule rule{.min = 1, .max = 40};
  const auto text =
      needed ? std::optional<std::string>(body.text(name, rule)) : body.optional_text(name, rule);
  if (!text || text->empty()) return std::nullopt;
  const auto time = from_rfc3339(*text);
  if (!time) body.errors().add(body.pointer(name), "must be an RFC 3339 time");
  return time;
}

}  // namespace

std::string check_url(std::string_view text, Reach reach) {
  if (text.size() > longest_url) return "must have at most 2048 bytes";
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) return "must be an absolute http or https URL";
  const boost::urls::url_view url = *parsed;
  const auto scheme = url.scheme_id();
  if (scheme != boost::urls::scheme::http && scheme != boost::urls::scheme::https)
    return "must be an absolute http or https URL";
  if (!url.has_authority() || url.encoded_host().empty()) return "must have a host";
  if (url.has_userinfo()) return "must hold no user or password";
  if (url.has_fragment()) return "must hold no fragment";
  const auto port = url.port();
  if (!port.empty() && !is_port({port.data(), port.size()}))
    return "must have a port between 1 and 65535";
  const auto host = url.encoded_host();
  // What the deliverer could not read, "http://1.2.3.4.example/" or "http://[v1.x]/", is no use.
  if (host.find('%') != boost::urls::string_view::npos || !net::parse_url(text))
    return "must have a plain host name";
  if (!is_reachable_host({host.data(), host.size()}, reach))
    return "must not lead to a private or special address";
  return "";
}

Result<WebhookSpec> parse_webhook(const net::Request& request, Reach reach) {
  TOLLGATE_TRY(const auto document, api::parse_body(request));
  json::Errors errors;
  json::Object body(document, errors);
  WebhookSpec spec;
  spec.url = read_url(body, reach);
  spec.events = read_events(body);
  spec.description = body.optional_text("description", {.min = 0, .max = 255});
  body.finish();
  if (!errors.empty()) return errors.take();
  return spec;
}

Result<WebhookPatch> parse_patch(const net::Request& request, Reach reach) {
  TOLLGATE_TRY(const auto document, api::parse_body(request));
  json::Errors errors;
  json::Object body(document, errors);
  WebhookPatch patch;
  if (body.has("url")) patch.url = read_url(body, reach);
  if (body.has("events")) patch.events = read_events(body);
  if (body.has("description"))
    patch.description.emplace(body.optional_text("description", {.min = 0, .max = 255}));
  patch.enabled = body.optional_boolean("enabled");
  body.finish();
  if (!errors.empty()) return errors.take();
  return patch;
}

Result<ReplayRange> parse_replay(const net::Request& request) {
  TOLLGATE_TRY(const auto document, api::parse_body(request));
  json::Errors errors;
  json::Object body(document, errors);
  ReplayRange range;
  range.since = read_time(body, "since", true).value_or(TimeMs());
  range.until = read_time(body, "until", false);
  if (range.until && *range.until < range.since) errors.add("/until", "must not lie before since");
  body.finish();
  if (!errors.empty()) return errors.take();
  return range;
}

Result<bool> parse_nothing(const net::Request& request) {
  if (request.body.empty()) return true;
  TOLLGATE_TRY(const auto document, api::parse_body(request));
  json::Errors errors;
  json::Object body(document, errors);
  body.finish();
  if (!errors.empty()) return errors.take();
  return true;
}

}  // namespace tollgate::notify
