#include "paypal/account.hpp"

#include "common/encoding.hpp"

namespace tollgate::paypal {

sdk::Request Account::token_request() const {
  sdk::Request request;
  request.method = "POST";
  request.url = gateway.origin + gateway.path + "/v1/oauth2/token";
  request.headers = {{"Authorization", basic, true},
                     {"Accept", "application/json"},
                     {"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "grant_type=client_credentials";
  request.resend_safe = true;
  return request;
}

sdk::Request Account::request(const ApiRequest& call, std::string_view token) const {
  sdk::Request request;
  request.method = call.method;
  request.url = gateway.origin + gateway.path + call.path;
  request.headers = {{"Authorization", "Bearer " + std::string(token), true},
                     {"Accept", "application/json"}};
  if (call.method != "GET") request.headers.push_back({"Content-Type", "application/json"});
  if (!call.request_id.empty()) {
    request.headers.push_back({"PayPal-Request-Id", call.request_id});
    request.headers.push_back({"Prefer", "return=representation"});
  }
  request.body = call.body;
  // Reads change nothing, and all else carries an id by which PayPal knows a repeat, but for the
  // question whether a signature holds, which changes nothing either.
  request.resend_safe = true;
  return request;
}

bool is_id(std::string_view text) {
  return common::is_token(text, 64, "-_");
}

}  // namespace tollgate::paypal
