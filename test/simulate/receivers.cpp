#include "simulate/receivers.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace tollgate::simulate {
namespace {

/// Standard Webhooks, written from its text and not from the server's code.
std::string expected_signature(const std::string& secret, std::string_view id,
                               std::string_view timestamp, std::string_view body) {
  const auto key = base64_decode(std::string_view(secret).substr(6));
  if (!key) return "";
  std::string text;
  text.append(id).append(".").append(timestamp).append(".").append(body);
  return "v1," + base64_encode(hmac_sha256(*key, text));
}

}  // namespace

bool Endpoint::wants(const std::string& type) const {
  return std::ranges::any_of(events, [&](const auto& e) { return e == "*" || e == type; });
}

Receivers::Receivers(World& world, Network& network) : world_(world), network_(network) {
  endpoints_.push_back({"good.hooks.example", {"*"}, Temper::good, {}, {}, {}, {}, {}});
  endpoints_.push_back({"moody.hooks.example", {"*"}, Temper::moody, {}, {}, {}, {}, {}});
  endpoints_.push_back({"hanging.hooks.example",
                        {"order.paid", "order.expired", "payment.late"},
                        Temper::hanging,
                        {},
                        {},
                        {},
                        {},
                        {}});
  endpoints_.push_back({"leaving.hooks.example", {"*"}, Temper::leaving, {}, {}, {}, {}, {}});
  for (auto& endpoint : endpoints_) {
    auto& host = network.host(endpoint.host);
    host.word = "hook " + endpoint.host;
    host.serve = [this, &endpoint](net::Request& request) { return receive(endpoint, request); };
  }
}

void Receivers::set_weather(const Weather& weather) {
  for (auto& endpoint : endpoints_) network_.host(endpoint.host).weather = weather;
}

void Receivers::remember(Endpoint& endpoint, const net::Request& request) {
  const std::string id(request.headers.find("webhook-id").value_or(""));
  const std::string timestamp(request.headers.find("webhook-timestamp").value_or(""));
  const auto signature = request.headers.find("webhook-signature").value_or("");
  if (signature != expected_signature(endpoint.secret, id, timestamp, request.body))
    world_.fail("a webhook to " + endpoint.host + " is not signed with its secret");
  const auto [at, fresh] = endpoint.got.emplace(id, request.body);
  if (!fresh && at->second != request.body)
    world_.fail("O4: webhook-id " + id + " came to " + endpoint.host + " with two contents");
}

boost::asio::awaitable<net::Response> Receivers::receive(Endpoint& endpoint,
                                                         net::Request& request) {
  remember(endpoint, request);
  const std::string id(request.headers.find("webhook-id").value_or(""));
  int status = 200;
  if (!calm_) {
    if (endpoint.temper == Temper::moody && world_.chance(300))
      status = world_.chance(500) ? 500 : 429;
    if (endpoint.temper == Temper::hanging && world_.chance(300)) co_await world_.sleep(40'000);
    if (endpoint.temper == Temper::leaving && world_.chance(20)) status = 410;
  }
  if (status == 410) endpoint.said_gone = true;
  if (status == 200) endpoint.acknowledged.insert(id);
  world_.note({endpoint.host, id, std::to_string(status)});
  net::Response response(status, "text/plain", "");
  if (status == 429) response.headers.add("Retry-After", "7");
  co_return response;
}

}  // namespace tollgate::simulate
