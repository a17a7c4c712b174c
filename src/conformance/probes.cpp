#include "conformance/probes.hpp"

#include <algorithm>

#include "channel/words.hpp"

namespace tollgate::conformance {
namespace {

using net::ClientResponse;
using sdk::OperationKind;

Fault answered(std::string name, int status, std::string body) {
  ClientResponse response;
  response.transport = net::Transport::ok;
  response.status = status;
  response.headers.add("content-type", "application/json");
  response.body = std::move(body);
  return {std::move(name), std::move(response)};
}

net::Request notice(std::string body, std::string_view content_type) {
  net::Request request;
  request.method = net::Method::post;
  request.path = request.target = "/callbacks/examined";
  if (!content_type.empty()) request.headers.add("Content-Type", std::string(content_type));
  request.body = std::move(body);
  return request;
}

}  // namespace

net::ClientResponse empty_answer() {
  return answered("", 200, "{}").response;
}

std::vector<Fault> faults() {
  std::vector<Fault> list(2);
  list[0].name = "not sent";
  list[1].name = "perhaps sent";
  list[1].response.transport = net::Transport::maybe_sent;
  for (const int status : {202, 301, 500, 502, 503})
    list.push_back(answered("an empty " + std::to_string(status), status, ""));
  list.push_back(answered("a proxy's page", 502, "<html><body>Bad Gateway</body></html>"));
  list.push_back(answered("a proxy's refusal", 403, "<html><body>Forbidden</body></html>"));
  list.push_back(answered("garbage", 200, std::string("\0\xff{[", 4)));
  list.push_back(answered("an empty 200", 200, ""));
  list.push_back(answered("an empty object", 200, "{}"));
  list.push_back(answered("an array", 200, "[]"));
  list.push_back(answered("a cut object", 200, R"({"id":"1","status":"COMPL)"));
  list.push_back(answered("a deep JSON", 200, std::string(100'000, '[')));
  list.push_back(answered("a huge body", 200, std::string(900'000, 'x')));
  return list;
}

sdk::OperationInput input_of(const channel::Capability& capability, OperationKind kind) {
  constexpr std::int64_t half_an_hour_ms = 1'800'000;
  const std::int64_t now_ms = SystemClock().now().ms;
  sdk::OperationInput input;
  input.kind = kind;
  input.method = capability.method;
  input.pay_no = "7214983217463296001";
  input.amount =
      capability.amount_max > 0 ? std::min<std::int64_t>(capability.amount_max, 1200) : 1200;
  input.total = input.amount;
  input.currency = capability.currencies.empty() ? "USD" : capability.currencies.front();
  input.description = "C++ in 30 days, & \"more\"";
  input.notify_url = "https://pay.example.com/callbacks/examined";
  input.return_url = input.cancel_url = "https://pay.example.com/pay/return/t";
  input.client_ip = "203.0.113.7";
  input.openid = "o-examined";
  input.refund_no = kind == OperationKind::refund || kind == OperationKind::query_refund
                        ? "7214983217463296002"
                        : "";
  input.bill_date = "2026-01-01";
  input.bill_type = "trade";
  input.created_ms = now_ms;
  input.expires_ms = now_ms + half_an_hour_ms;
  return input;
}

std::vector<Asked> all_operations(Subject& subject) {
  std::vector<Asked> list;
  for (const auto& capability : subject.plugin()->capabilities())
    for (auto kind = static_cast<std::uint32_t>(OperationKind::pay); kind <= TG_OP_FETCH_BILL;
         ++kind) {
      const auto operation = static_cast<OperationKind>(kind);
      if (!capability.has(operation)) continue;
      list.push_back({std::string(channel::to_string(operation)) + " by " + capability.method,
                      input_of(capability, operation)});
    }
  return list;
}

std::vector<std::pair<std::string, net::Request>> unproven_notices() {
  std::vector<std::pair<std::string, net::Request>> list{
      {"an empty notice", notice("", "")},
      {"an object", notice(R"({"id":"1","status":"SUCCESS","amount":1200})", "application/json")},
      {"a form", notice("status=success&out_trade_no=7214983217463296001&sign=00",
                        "application/x-www-form-urlencoded")},
      {"garbage", notice(std::string("\0\xff{[", 4), "application/json")},
      {"a deep JSON", notice(std::string(100'000, '['), "application/json")},
      {"a huge body", notice(std::string(900'000, 'x'), "text/plain")}};
  net::Request get;
  get.path = get.target = "/callbacks/examined";
  list.emplace_back("a GET", std::move(get));
  return list;
}

}  // namespace tollgate::conformance
