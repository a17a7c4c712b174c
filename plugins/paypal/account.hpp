// What all operations of one PayPal account share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/settings.hpp"
#include "paypal/tokens.hpp"
#include "paypal/trust.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::paypal {

/// A call of the API before it has a token.
struct ApiRequest {
  std::string method = "GET";
  std::string path;        ///< From "/v1" or "/v2" on, percent-encoded.
  std::string body;        ///< JSON.
  std::string request_id;  ///< PayPal-Request-Id: the same over all repeats of one intent.
};

/// Immutable but for `tokens` and `trust`; thread-safe. Outlives the channel's operations.
struct Account {
  common::Gateway gateway;
  std::string client_id;
  std::string basic;  ///< The value of Authorization where a token is asked for.
  std::string webhook_id;
  std::string merchant_id;  ///< "" where the account does not tell it.
  std::string receiver;     ///< The merchant id, else the client id.
  std::unique_ptr<Tokens> tokens;
  std::unique_ptr<Trust> trust;

  sdk::Request token_request() const;
  sdk::Request request(const ApiRequest& call, std::string_view token) const;
};

/// True for what may stand in a path as an id of PayPal's.
bool is_id(std::string_view text);

}  // namespace tollgate::paypal
