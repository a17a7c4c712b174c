#include "paypal_peer.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <zlib.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

namespace tollgate::test {
namespace {

using sdk::OperationKind;
using sdk::Response;

std::string quoted(std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return buffer.GetString();
}

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("PayPal refuses: " + what);
}

std::string crc(std::string_view body) {
  return std::to_string(
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())));
}

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document document;
  document.Parse(text.c_str());
  require(document.IsObject(), "the body is no JSON object");
  return document;
}

/// POST /v1/notifications/verify-webhook-signature, judged over the event as it was spliced in.
Response judge(const std::string& body) {
  const auto asked = parsed(body);
  const std::string head = R"("webhook_event":)";
  const auto at = body.find(head);
  require(at != std::string::npos, "there is no event");
  const std::string event = body.substr(at + head.size(), body.size() - at - head.size() - 1);
  const std::string text = std::string(asked["transmission_id"].GetString()) + "|" +
                           asked["transmission_time"].GetString() + "|" +
                           asked["webhook_id"].GetString() + "|" + crc(event);
  const bool holds =
      verify(PaypalKeys::get().signing.public_pem(), text, asked["transmission_sig"].GetString());
  return PaypalPeer::json(
      200, holds ? R"({"verification_status":"SUCCESS"})" : R"({"verification_status":"FAILURE"})");
}

}  // namespace

const PaypalKeys& PaypalKeys::get() {
  static const PaypalKeys keys;
  return keys;
}

std::map<std::string, std::string> PaypalPeer::settings() {
  const auto& keys = PaypalKeys::get();
  return {{"client_id", client_id},
          {"client_secret", client_secret},
          {"webhook_id", webhook_id},
          {"merchant_id", merchant_id},
          {"webhook_ca_file", keys.root.pem() + keys.intermediate.pem()}};
}

std::string PaypalPeer::to_json(const std::map<std::string, std::string>& settings) {
  std::string json;
  for (const auto& [name, value] : settings)
    json += (json.empty() ? "{" : ",") + quoted(name) + ":" + quoted(value);
  return json + "}";
}

std::string PaypalPeer::settings_json() const {
  return to_json(settings());
}

sdk::OperationInput PaypalPeer::wish(OperationKind kind) {
  sdk::OperationInput input;
  input.kind = kind;
  input.method = "redirect";
  input.pay_no = pay_no;
  input.amount = 1234;
  input.total = 1234;
  input.currency = "USD";
  input.description = "C++ in 30 days";
  input.notify_url = "https://pay.example.com/callbacks/pp-main";
  input.return_url = "https://pay.example.com/pay/return/t";
  input.cancel_url = "https://pay.example.com/pay/return/t";
  input.created_ms = now_ms;
  input.expires_ms = now_ms + 30 * 60 * 1000;
  input.bill_date = "2025-12-31";
  input.bill_type = "trade";
  if (kind == OperationKind::refund || kind == OperationKind::query_refund) {
    input.refund_no = refund_no;
    input.channel_trade_no = capture_id;
    input.amount = 500;
    input.reason = "太大了";
  } else if (kind != OperationKind::pay)
    input.state =
        R"({"order_id":")" + (kind == OperationKind::close ? open_order_id : order_id) + R"("})";
  return input;
}

std::vector<sdk::OperationInput> PaypalPeer::wishes() const {
  return {wish(OperationKind::pay),       wish(OperationKind::capture),
          wish(OperationKind::query),     wish(OperationKind::close),
          wish(OperationKind::refund),    wish(OperationKind::query_refund),
          wish(OperationKind::fetch_bill)};
}

std::string PaypalPeer::capture(std::string_view status) const {
  return R"({"id":")" + capture_id + R"(","status":")" + std::string(status) +
         R"(","amount":{"currency_code":")" + currency + R"(","value":")" + value +
         R"("},"final_capture":true,"custom_id":")" + custom_id +
         R"(","create_time":"2026-01-01T03:59:58Z","update_time":"2026-01-01T03:59:59Z",)" +
         (status == "PENDING" ? R"("status_details":{"reason":"PENDING_REVIEW"},)" : "") +
         R"("supplementary_data":{"related_ids":{"order_id":")" + order_id + R"("}},"links":[]})";
}

std::string PaypalPeer::order(std::string_view status, std::string_view captures) const {
  const std::string payments = captures.empty()
                                   ? ""
                                   : R"(,"payments":{"captures":[)" + std::string(captures) +
                                         R"(],"refunds":[)" + refunds + "]}";
  return R"({"id":")" + order_id + R"(","intent":"CAPTURE","status":")" + std::string(status) +
         R"(","create_time":"2026-01-01T03:58:00Z","purchase_units":[{"reference_id":"default",)"
         R"("amount":{"currency_code":")" +
         currency + R"(","value":")" + value +
         R"("},"payee":{"email_address":"m@example.com",)"
         R"("merchant_id":")" +
         payee + R"("},"custom_id":")" + custom_id + "\"" + payments +
         R"(}],"links":[{"rel":"self","method":"GET","href":"https://api-m.paypal.com/v2/checkout/orders/)" +
         order_id +
         R"("},{"rel":"payer-action","method":"GET","href":"https://www.paypal.com/checkoutnow?token=)" +
         order_id + R"("}]})";
}

std::string PaypalPeer::refund(std::string_view status) const {
  return R"({"id":")" + refund_id + R"(","status":")" + std::string(status) +
         R"(","amount":{"currency_code":")" + currency + R"(","value":")" + refund_value +
         R"("},"custom_id":")" + refund_custom_id + "\"," + refund_payer +
         R"("create_time":"2026-01-01T03:59:00Z","update_time":"2026-01-01T03:59:30Z",)" +
         (status == "PENDING" ? R"("status_details":{"reason":"ECHECK"},)" : "") +
         R"("links":[{"rel":"up","method":"GET","href":"https://api-m.paypal.com/v2/payments/captures/)" +
         refund_capture + R"("}]})";
}

Response PaypalPeer::json(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers = {{"content-type", "application/json"}, {"paypal-debug-id", "f9a1"}};
  response.body = std::move(body);
  return response;
}

Response PaypalPeer::error(int status, std::string_view name, std::string_view issue) {
  std::string details = "[]";
  if (!issue.empty()) details = R"([{"issue":)" + quoted(issue) + R"(,"description":"why"}])";
  return json(status, R"({"name":)" + quoted(name) +
                          R"(,"message":"it was refused","debug_id":"f9a1","details":)" + details +
                          "}");
}

Response PaypalPeer::answer(const sdk::Request& request, std::int64_t) {
  const auto slash = request.url.find('/', std::string("https://").size());
  require(slash != std::string::npos, request.url);
  const std::string path = request.url.substr(slash);
  ++asked[path];
  if (auto& list = instead[path]; !list.empty()) {
    const Response given = list.front();
    list.erase(list.begin());
    return given;
  }
  if (path.starts_with("/v1/notifications/certs/")) {
    require(request.method == "GET" && header(request, "Authorization").empty(), "a certificate");
    if (request.url != cert_url) return json(404, "{}");
    Response found;
    found.status = 200;
    found.body = certificate;
    return found;
  }
  require(request.url.starts_with(gateway() + "/"), "the host of " + request.url);
  return api(request, path);
}

std::string PaypalPeer::report_line(std::string_view code, std::string_view amount,
                                    std::string_view fee) {
  const bool refund = code == "T1107";
  const std::string number = quoted(refund ? "7214983217463296099" : pay_no);
  return R"({"transaction_id":")" + (refund ? refund_id : capture_id) +
         R"(","transaction_event_code":)" + quoted(code) +
         (refund
              ? R"(,"paypal_reference_id":")" + capture_id + R"(","paypal_reference_id_type":"TXN")"
              : std::string()) +
         R"(,"transaction_initiation_date":"2025-12-31T04:00:00+0000","transaction_amount":)"
         R"({"currency_code":"USD","value":)" +
         quoted(amount) + "}" +
         (fee.empty() ? std::string()
                      : R"(,"fee_amount":{"currency_code":"USD","value":)" + quoted(fee) + "}") +
         R"(,"transaction_status":"S","invoice_id":)" + number + R"(,"custom_field":)" + number +
         "}";
}

Response PaypalPeer::report_page(const std::string& path) const {
  const auto value = [&](const std::string& name) {
    const auto from = path.find(name + "=") + name.size() + 1;
    return path.substr(from, path.find('&', from) - from);
  };
  require(value("page_size") == "500" && value("fields") == "transaction_info", "the page");
  const std::size_t page = std::stoul(value("page"));
  const std::size_t first = (page - 1) * page_rows;
  std::string rows;
  for (std::size_t i = first; i < std::min(first + page_rows, report.size()); ++i)
    rows += (rows.empty() ? "" : ",") + (R"({"transaction_info":)" + report[i] + "}");
  const std::size_t pages = (report.size() + page_rows - 1) / page_rows;
  return json(200, R"({"transaction_details":[)" + rows + R"(],"start_date":)" +
                       quoted(value("start_date")) + R"(,"last_refreshed_datetime":)" +
                       quoted(refreshed) + R"(,"page":)" + std::to_string(page) +
                       R"(,"total_items":)" + std::to_string(report.size()) + R"(,"total_pages":)" +
                       std::to_string(pages) + "}");
}

Response PaypalPeer::api(const sdk::Request& request, const std::string& path) {
  const bool post = request.method == "POST";
  if (path == "/v1/oauth2/token") {
    require(post && request.body == "grant_type=client_credentials", "the grant");
    if (header(request, "Authorization") != "Basic " + base64(client_id + ":" + client_secret))
      return json(
          401, R"({"error":"invalid_client","error_description":"Client Authentication failed"})");
    return json(200, R"({"scope":"https://uri.paypal.com/services/payments","access_token":")" +
                         token + R"(","token_type":"Bearer","expires_in":32400})");
  }
  if (header(request, "Authorization") != "Bearer " + token)
    return error(401, "AUTHENTICATION_FAILURE", "");
  const std::string orders = "/v2/checkout/orders";
  if (post) require(header(request, "Content-Type") == "application/json", "the content type");
  if (post && path == "/v1/notifications/verify-webhook-signature") return judge(request.body);
  if (post && path == orders) {
    require(header(request, "PayPal-Request-Id") == "create-" + pay_no, "the request id");
    return json(201, order("PAYER_ACTION_REQUIRED"));
  }
  if (post && path == orders + "/" + order_id + "/capture") {
    require(header(request, "PayPal-Request-Id").starts_with("capture-" + pay_no), "request id");
    require(request.body == "{}", "the body of a capture");
    return json(201, order("COMPLETED", capture(capture_status)));
  }
  if (path.starts_with("/v1/reporting/transactions?")) return report_page(path);
  if (post && path == "/v2/payments/captures/" + capture_id + "/refund") {
    require(header(request, "PayPal-Request-Id") == "refund-" + refund_no, "the request id");
    const auto asked_for = parsed(request.body);
    require(asked_for["custom_id"] == refund_no && asked_for["invoice_id"] == refund_no,
            "the number of a refund");
    require(asked_for["amount"]["currency_code"] == currency &&
                asked_for["amount"]["value"] == refund_value,
            "the amount of a refund");
    return json(201, refund("COMPLETED"));
  }
  require(request.method == "GET", request.method + " " + path);
  if (path == orders + "/" + order_id)
    return json(200,
                order(order_status, order_status == "COMPLETED" ? capture(capture_status) : ""));
  if (path == orders + "/" + open_order_id) {
    std::string open = order("PAYER_ACTION_REQUIRED");
    for (auto at = open.find(order_id); at != std::string::npos; at = open.find(order_id))
      open.replace(at, order_id.size(), open_order_id);
    return json(200, open);
  }
  if (path == "/v2/payments/captures/" + capture_id) return json(200, capture(capture_status));
  if (path == "/v2/payments/refunds/" + refund_id) return json(200, refund("COMPLETED"));
  return error(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID");
}

std::string PaypalPeer::event(std::string_view type, std::string_view resource) {
  return R"({"id":"WH-58D329510W468432D-8HN650336L201105X","event_version":"1.0",)"
         R"("create_time":"2026-01-01T03:59:59.123Z","resource_type":"capture","event_type":")" +
         std::string(type) + R"(","summary":"Payment completed for € 12.34","resource":)" +
         std::string(resource) + "}";
}

sdk::CallbackInput PaypalPeer::signed_notice(std::string body, std::int64_t at_ms,
                                             const KeyPair& key) {
  static int count = 0;
  const std::string id = "212a639d-125d-11f0-8798-" + std::to_string(100'000 + ++count);
  const auto at_s = static_cast<std::time_t>(at_ms / 1000);
  char time[32];
  std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&at_s));
  sdk::CallbackInput input;
  input.method = "POST";
  input.path = "/callbacks/pp-main";
  input.headers = {{"content-type", "application/json"},
                   {"paypal-transmission-id", id},
                   {"paypal-transmission-time", time},
                   {"paypal-transmission-sig",
                    key.sign(id + "|" + std::string(time) + "|" + webhook_id + "|" + crc(body))},
                   {"paypal-cert-url", cert_url},
                   {"paypal-auth-algo", "SHA256withRSA"}};
  input.body = std::move(body);
  return input;
}

sdk::CallbackInput PaypalPeer::notice(std::int64_t at_ms) {
  return signed_notice(event("PAYMENT.CAPTURE.COMPLETED", capture("COMPLETED")), at_ms);
}

sdk::CallbackInput PaypalPeer::forged_notice(std::int64_t at_ms) {
  return signed_notice(event("PAYMENT.CAPTURE.COMPLETED", capture("COMPLETED")), at_ms,
                       PaypalKeys::get().other);
}

std::set<std::string> PaypalPeer::proof_headers() const {
  return {"paypal-transmission-id", "paypal-transmission-time", "paypal-transmission-sig",
          "paypal-cert-url", "paypal-auth-algo"};
}

std::unique_ptr<Peer> paypal_peer() {
  return std::make_unique<PaypalPeer>();
}

}  // namespace tollgate::test
