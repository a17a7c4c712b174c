#include "sandbox/paypal_error.hpp"

#include <utility>

#include "base/json_writer.hpp"

namespace tollgate::sandbox {
namespace {

std::string debug_id(Random& random) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "f";
  for (int i = 0; i < 12; ++i) out += hex[random.below(16)];
  return out;
}

std::string_view message_of(std::string_view name) {
  if (name == "INVALID_REQUEST")
    return "Request is not well-formed, syntactically incorrect, or violates schema.";
  if (name == "RESOURCE_NOT_FOUND") return "The specified resource does not exist.";
  if (name == "AUTHENTICATION_FAILURE")
    return "Authentication failed due to missing authorization header, or invalid authentication "
           "credentials.";
  if (name == "NOT_AUTHORIZED") return "Authorization failed due to insufficient permissions.";
  if (name == "RATE_LIMIT_REACHED") return "Too many requests. Blocked due to rate limiting.";
  if (name == "INTERNAL_SERVER_ERROR") return "An internal server error has occurred.";
  return "The requested action could not be performed, semantically incorrect, or failed business "
         "validation.";
}

void write_details(json::Writer& out, const PaypalError& error) {
  out.key("details").begin_array().begin_object();
  if (!error.field.empty()) out.field("field", error.field).field("location", error.location);
  if (!error.value.empty()) out.field("value", error.value);
  out.field("issue", error.issue).field("description", error.description);
  out.end_object().end_array();
}

void write_links(json::Writer& out, const PaypalError& error) {
  out.key("links").begin_array();
  out.begin_object()
      .field("href", "https://developer.paypal.com/api/orders/v2/#error-" + error.issue)
      .field("rel", "information_link")
      .field("method", "GET")
      .end_object();
  if (!error.redirect.empty())
    out.begin_object()
        .field("href", error.redirect)
        .field("rel", "redirect")
        .field("method", "GET")
        .end_object();
  out.end_array();
}

}  // namespace

PaypalError paypal_schema_error(std::string field, std::string issue, std::string description) {
  PaypalError error;
  error.status = 400;
  error.name = "INVALID_REQUEST";
  error.issue = std::move(issue);
  error.field = std::move(field);
  error.description = std::move(description);
  return error;
}

PaypalError paypal_issue(std::string issue, std::string description, std::string field) {
  PaypalError error;
  error.issue = std::move(issue);
  error.description = std::move(description);
  error.field = std::move(field);
  return error;
}

PaypalError paypal_not_found() {
  PaypalError error;
  error.status = 404;
  error.name = "RESOURCE_NOT_FOUND";
  error.issue = "INVALID_RESOURCE_ID";
  error.description =
      "Specified resource ID does not exist. Please check the resource ID and try "
      "again.";
  return error;
}

std::string_view paypal_name(int status) {
  switch (status) {
    case 400:
      return "INVALID_REQUEST";
    case 401:
      return "AUTHENTICATION_FAILURE";
    case 403:
      return "NOT_AUTHORIZED";
    case 404:
      return "RESOURCE_NOT_FOUND";
    case 405:
      return "METHOD_NOT_SUPPORTED";
    case 409:
      return "RESOURCE_CONFLICT";
    case 415:
      return "UNSUPPORTED_MEDIA_TYPE";
    case 422:
      return "UNPROCESSABLE_ENTITY";
    case 429:
      return "RATE_LIMIT_REACHED";
    case 503:
      return "SERVICE_UNAVAILABLE";
    default:
      return "INTERNAL_SERVER_ERROR";
  }
}

net::Response paypal_response(int status, std::string body, Random& random) {
  net::Response response;
  response.status = status;
  response.body = std::move(body);
  if (!response.body.empty()) response.headers.set("Content-Type", "application/json");
  response.headers.set("Paypal-Debug-Id", debug_id(random));
  return response;
}

net::Response paypal_response(const PaypalError& error, Random& random) {
  const std::string id = debug_id(random);
  json::Writer out;
  out.begin_object()
      .field("name", error.name)
      .field("message", message_of(error.name))
      .field("debug_id", id);
  if (!error.issue.empty()) write_details(out, error);
  write_links(out, error);
  net::Response response = paypal_response(error.status, out.end_object().take(), random);
  response.headers.set("Paypal-Debug-Id", id);
  return response;
}

net::Response paypal_oauth_error(std::string_view error, std::string_view description,
                                 Random& random) {
  json::Writer out;
  out.begin_object().field("error", error).field("error_description", description);
  return paypal_response(error == "unsupported_grant_type" ? 400 : 401, out.end_object().take(),
                         random);
}

}  // namespace tollgate::sandbox
