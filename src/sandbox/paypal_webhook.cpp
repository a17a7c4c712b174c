#include "sandbox/paypal_webhook.hpp"

#include <utility>

#include "base/crypto.hpp"
#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::int64_t stale_s = 600;
constexpr std::string_view cert_path = "/v1/notifications/certs/";

std::string uuid(Random& random) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (const char c : std::string_view("xxxxxxxx-xxxx-11f0-8xxx-xxxxxxxxxxxx"))
    out += c == 'x' ? hex[random.below(16)] : c;
  return out;
}

PaypalView view_of(const Notice& notice, const Distortion& lie, const PaypalSending& sending) {
  PaypalView view{sending.url, sending.app};
  if (lie.forgery == Forgery::foreign_mch) view.payee = "SANDBOXSHOP99";
  if (lie.forgery == Forgery::currency)
    view.currency = notice.trade.currency == "USD" ? "EUR" : "USD";
  if (lie.forgery == Forgery::amount)
    view.amount = lie.amount.value_or(notice.trade.paid_amount + 1);
  return view;
}

struct Subject {
  std::string_view type;
  std::string resource;
  TimeMs at;
};

Subject subject_of(const Notice& notice, const PaypalView& view) {
  const Trade& trade = notice.trade;
  if (const Refund* refund = trade.refund(notice.told.refund))
    return {"refund", paypal_refund_json(trade, *refund, view), refund->at};
  if (notice.told.kind.starts_with("PAYMENT.CAPTURE"))
    return {"capture", paypal_capture_json(trade, view), trade.paid_at};
  return {"checkout-order", paypal_order_json(trade, view, true), trade.created_at};
}

std::string event_body(const Notice& notice, const PaypalView& view) {
  const Subject subject = subject_of(notice, view);
  json::Writer out;
  out.begin_object()
      .field("id", notice.told.id)
      .field("event_version", "1.0")
      .field("create_time", to_rfc3339(subject.at))
      .field("resource_type", subject.type)
      .field("resource_version", "2.0")
      .field("event_type", notice.told.kind)
      .field("summary", "Simulated: € " + notice.told.kind)
      .raw_field("resource", subject.resource);
  const std::string self = view.url + "/v1/notifications/webhooks-events/" + notice.told.id;
  out.key("links").begin_array();
  out.begin_object().field("href", self).field("rel", "self").field("method", "GET").end_object();
  out.begin_object()
      .field("href", self + "/resend")
      .field("rel", "resend")
      .field("method", "POST")
      .end_object();
  return out.end_array().end_object().take();
}

std::string cert_url(const PaypalSending& sending, Forgery forgery) {
  if (forgery == Forgery::host)
    return "https://api.paypal.com.sandbox.invalid" + std::string(cert_path) +
           sending.keys.signer()->cert_id;
  std::string id = sending.keys.signer()->cert_id;
  if (forgery == Forgery::certificate) id = sending.keys.stranger()->cert_id;
  if (forgery == Forgery::serial) id = "CERT-00000000-00000000-00000000";
  return sending.url + std::string(cert_path) + id;
}

/// The very text of a member's value, which must be an object; empty where it is missing.
std::string_view raw_object(std::string_view json, std::string_view name) {
  const auto member = json.find(json::quote(name));
  if (member == std::string_view::npos) return {};
  const auto start = json.find('{', member);
  if (start == std::string_view::npos) return {};
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = start; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text && c == '\\') ++i;
    if (c == '"') in_text = !in_text;
    if (in_text) continue;
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) return json.substr(start, i - start + 1);
  }
  return {};
}

}  // namespace

std::string paypal_signed_text(std::string_view id, std::string_view time,
                               std::string_view webhook_id, std::string_view body) {
  std::string out(id);
  out.append("|").append(time).append("|").append(webhook_id).append("|");
  return out + std::to_string(crc32_of(body));
}

NoticeMessage paypal_webhook(const Notice& notice, const Distortion& distortion,
                             const PaypalSending& sending) {
  const Forgery forgery = distortion.forgery;
  const bool stale = forgery == Forgery::timestamp;
  const std::string id = uuid(sending.random);
  const std::string time = paypal_time(stale ? sending.now.plus_s(-stale_s) : sending.now);
  NoticeMessage message;
  message.body = event_body(notice, view_of(notice, distortion, sending));
  const std::string text =
      paypal_signed_text(id, time, sending.app.webhook_id,
                         forgery == Forgery::signature ? message.body + " " : message.body);
  const bool strange = forgery == Forgery::key || forgery == Forgery::certificate;
  const PaypalSignerPtr signer = strange ? sending.keys.stranger() : sending.keys.signer();
  const bool weak = forgery == Forgery::algorithm;
  const std::string signature =
      weak ? sign_sha1(signer->key, text) : sign_sha256(signer->key, text);
  if (forgery == Forgery::body) {
    const std::string_view from = "Simulated";
    message.body.replace(message.body.find(from), from.size(), "simulated");
  }
  auto& headers = message.headers;
  headers.set("Content-Type", "application/json");
  headers.set("PAYPAL-TRANSMISSION-ID", id);
  headers.set("PAYPAL-TRANSMISSION-TIME", time);
  headers.set("PAYPAL-TRANSMISSION-SIG", base64_encode(signature));
  headers.set("PAYPAL-CERT-URL", cert_url(sending, forgery));
  headers.set("PAYPAL-AUTH-ALGO", weak ? "SHA1withRSA" : "SHA256withRSA");
  headers.set("PAYPAL-AUTH-VERSION", "v2");
  headers.set("Correlation-Id", id.substr(0, 8) + id.substr(9, 4));
  return message;
}

std::optional<std::string> paypal_verification(const std::string& body, const PaypalKeys& keys,
                                               const PaypalApp& app) {
  const auto document = json::Document::parse(body);
  if (!document) return std::nullopt;
  json::Errors errors;
  json::Object object(*document, errors);
  const std::string algorithm = object.text("auth_algo", {.max = 100});
  const std::string url = object.text("cert_url", {.max = 500});
  const std::string id = object.text("transmission_id", {.max = 50});
  const std::string sent = object.text("transmission_sig", {.max = 500});
  const std::string time = object.text("transmission_time", {.max = 100});
  const std::string webhook_id = object.text("webhook_id", {.max = 50});
  object.raw("webhook_event");
  object.finish();
  const std::string_view event = raw_object(body, "webhook_event");
  if (!errors.empty() || event.empty()) return std::nullopt;
  const auto signer = keys.certificate(url.substr(url.rfind('/') + 1));
  const auto signature = base64_decode(sent);
  const bool holds =
      algorithm == "SHA256withRSA" && webhook_id == app.webhook_id && signer && signature &&
      signer != keys.stranger() &&
      verify_sha256(signer->key, paypal_signed_text(id, time, webhook_id, event), *signature);
  return json::Writer()
      .begin_object()
      .field("verification_status", holds ? "SUCCESS" : "FAILURE")
      .end_object()
      .take();
}

}  // namespace tollgate::sandbox
