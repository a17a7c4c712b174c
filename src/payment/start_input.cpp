#include "payment/start_input.hpp"

#include <boost/asio/ip/address.hpp>

#include "base/json_reader.hpp"

namespace tollgate::payment {
namespace {

bool is_absolute_http_url(std::string_view url) {
  return (url.starts_with("https://") || url.starts_with("http://")) &&
         url.find_first_of(" \"<>\\^`{|}") == url.npos;
}

bool is_ip_address(const std::string& text) {
  boost::system::error_code failed;
  boost::asio::ip::make_address(text, failed);
  return !failed;
}

/// The caller's `traceparent` (W3C Trace Context); empty where it has none or a broken one.
std::string trace_context(const net::Request& request) {
  const auto value = request.headers.find("traceparent");
  constexpr std::string_view form = "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
  if (!value || value->size() != form.size()) return "";
  for (std::size_t i = 0; i < form.size(); ++i) {
    const char c = (*value)[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (form[i] == '-' ? c != '-' : !hex) return "";
  }
  return std::string(*value);
}

}  // namespace

Result<StartRequest> parse_start(const api::Context& context) {
  TOLLGATE_TRY(auto id, api::parse_id<OrderId>(context.param(0), Errc::order_not_found));
  TOLLGATE_TRY(const json::Document document, api::parse_body(context.request));
  json::Errors errors;
  json::Object in(document, errors);
  StartRequest out;
  out.order_id = id;
  out.account_id = in.optional_text("account_id", {1, 64}).value_or("");
  out.channel = in.optional_text("channel", {1, 32}).value_or("");
  out.method = in.text("method", {1, 32});
  out.client_ip = in.optional_text("client_ip", {1, 45}).value_or("");
  out.return_url = in.optional_text("return_url", {1, 2048}).value_or("");
  if (auto payer = in.optional_object("payer")) {
    out.openid = payer->optional_text("openid", {1, 128}).value_or("");
    payer->finish();
  }
  out.traceparent = trace_context(context.request);
  in.finish();
  if (!out.client_ip.empty() && !is_ip_address(out.client_ip))
    errors.add("/client_ip", "must be an IPv4 or IPv6 address");
  if (!out.return_url.empty() && !is_absolute_http_url(out.return_url))
    errors.add("/return_url", "must be an absolute http or https URL");
  if (!errors.empty()) return errors.take();
  return out;
}

}  // namespace tollgate::payment
