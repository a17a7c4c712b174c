// What is asked of PayPal without a token: the token itself, certificates, the buyer's page.
#include "base/crypto.hpp"
#include "base/json_writer.hpp"
#include "sandbox/checkout.hpp"
#include "sandbox/form.hpp"
#include "sandbox/page.hpp"
#include "sandbox/paypal.hpp"

namespace tollgate::sandbox {
namespace {

std::string header(const net::Request& request, std::string_view name) {
  return std::string(request.headers.find(name).value_or(""));
}

}  // namespace

Outcome Paypal::token(const net::Request& request, const std::optional<Fault>& fault) {
  const auto deny = [&](std::string_view error, std::string_view why) {
    return Outcome{paypal_oauth_error(error, why, context_.random), "", std::string(error), ""};
  };
  const std::string basic = header(request, "Authorization");
  const auto credentials = base64_decode(basic.starts_with("Basic ") ? basic.substr(6) : "?");
  const auto colon = credentials ? credentials->find(':') : std::string::npos;
  const PaypalApp* app =
      colon == std::string::npos ? nullptr : keys_.app(credentials->substr(0, colon));
  if (!app || !equal_constant_time(credentials->substr(colon + 1), app->client_secret))
    return deny("invalid_client", "Client Authentication failed");
  const std::string type = header(request, "Content-Type");
  const Fields form = parse_form(request.body).value_or(Fields{});
  if (type.substr(0, type.find(';')) != "application/x-www-form-urlencoded" ||
      field_of(form, "grant_type") != "client_credentials")
    return deny("unsupported_grant_type", "Grant Type is NULL or unsupported");
  const std::string made = "A21AA" + context_.random.alphanumeric(92);
  std::int64_t life_s = default_token_life_s;
  {
    const std::lock_guard lock(mutex_);
    life_s = switches_[app->merchant_id].token_life_s;
    if (tokens_.size() >= max_remembered) tokens_.clear();
    tokens_[made] = {app->client_id, context_.clock.now().plus_s(life_s)};
  }
  json::Writer out;
  out.begin_object()
      .field("scope",
             "https://uri.paypal.com/services/payments/payment "
             "https://uri.paypal.com/services/applications/webhooks")
      .field("access_token", made)
      .field("token_type", "Bearer")
      .field("app_id", "APP-80W284485P519543T")
      .field("expires_in", life_s)
      .field("nonce", context_.random.alphanumeric(43));
  std::string body = out.end_object().take();
  if (is(fault, FaultKind::garbage)) body.resize(body.size() / 2);
  return {paypal_response(200, std::move(body), context_.random), app->merchant_id, "accepted", ""};
}

Outcome Paypal::certificate(const net::Request& request) const {
  const auto signer = keys_.certificate(request.params.front());
  if (!signer) return refused(paypal_not_found(), "");
  return {{200, "application/x-pem-file", signer->cert}, "", "accepted", ""};
}

Outcome Paypal::show_checkout(const net::Request& request) const {
  const auto trade = context_.ledger.find_handle(request.query_param("token").value_or(""));
  if (!trade || trade->key.channel != name())
    return {page::make(404, {"PayPal", "<b>PayPal</b>", "", false},
                       page::card("?", "没有这笔交易 · No such order", "")),
            "", "no such order", ""};
  net::Response response;
  response.status = 302;
  response.headers.set("Location", std::string(Checkout::path) + trade->handle);
  return {std::move(response), trade->key.mch_id, "accepted", ""};
}

std::string Paypal::webhook_json(const PaypalApp& app) const {
  Switches mine;
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = switches_.find(app.merchant_id); at != switches_.end()) mine = at->second;
  }
  json::Writer out;
  out.begin_object().field("id", app.webhook_id).field("url", mine.webhook_url);
  out.key("event_types").begin_array();
  for (const auto& event : mine.events) out.begin_object().field("name", event).end_object();
  return out.end_array().end_object().take();
}

}  // namespace tollgate::sandbox
