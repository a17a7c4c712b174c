// The body of POST /v1/orders/{id}/payments.
#include "base/json_writer.hpp"
#include "bodies.hpp"
#include "payment/start_input.hpp"

namespace {

using namespace tollgate;
using fuzz::is_text_of;

std::string request_of(const payment::StartRequest& start) {
  json::Writer w;
  w.begin_object().field("method", start.method);
  const auto optional = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) w.field(name, value);
  };
  optional("account_id", start.account_id);
  optional("channel", start.channel);
  optional("client_ip", start.client_ip);
  optional("return_url", start.return_url);
  if (!start.openid.empty())
    w.key("payer").begin_object().field("openid", start.openid).end_object();
  w.end_object();
  return w.take();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  auto request = fuzz::post("");
  request.headers.add("traceparent", std::string(input.until("\n")));
  request.body = input.rest();
  api::Context context(request);
  const auto start = payment::parse_start(context);
  if (!start) {
    fuzz::check_refusal(start.error());
    return 0;
  }
  MUST(is_text_of(start->method, 1, 32) && is_text_of(start->account_id, 0, 64));
  MUST(is_text_of(start->channel, 0, 32) && is_text_of(start->openid, 0, 128));
  MUST(start->traceparent.empty() || net::is_field_value(start->traceparent));
  MUST(start->traceparent.empty() || start->traceparent.size() == 55);
  if (!start->client_ip.empty()) {
    boost::system::error_code failed;
    boost::asio::ip::make_address(start->client_ip, failed);
    MUST(!failed);
  }
  // Channels and pages send the buyer there.
  if (!start->return_url.empty())
    MUST(start->return_url.find_first_of(" \"<>\n") == std::string::npos);

  const auto text = request_of(*start);
  fuzz::check_output(text);
  request.body = text;
  const auto again = payment::parse_start(context);
  MUST(again.has_value());
  MUST(again->return_url == start->return_url && again->client_ip == start->client_ip);
  MUST(again->openid == start->openid && again->account_id == start->account_id);
  return 0;
}
