// How PayPal refuses (channel document, section 2).
#pragma once

#include <string>
#include <string_view>

#include "base/random.hpp"
#include "net/http.hpp"

namespace tollgate::sandbox {

/// One refusal. `issue` is what clients decide on; `name` and the status go with it.
struct PaypalError {
  int status = 422;
  std::string name = "UNPROCESSABLE_ENTITY";
  std::string issue;  ///< No details where it is empty.
  std::string field;  ///< A JSON pointer, or a parameter's name; may be empty.
  std::string location = "body";
  std::string description;
  std::string value;
  std::string redirect;  ///< Where the buyer is to be sent again; may be empty.
};

PaypalError paypal_schema_error(std::string field, std::string issue, std::string description);
PaypalError paypal_issue(std::string issue, std::string description, std::string field = "");
PaypalError paypal_not_found();
/// The usual name of a status.
std::string_view paypal_name(int status);

/// JSON with a fresh PayPal-Debug-Id.
net::Response paypal_response(int status, std::string body, Random& random);
net::Response paypal_response(const PaypalError& error, Random& random);
/// The other shape: of the token endpoint and of broken tokens.
net::Response paypal_oauth_error(std::string_view error, std::string_view description,
                                 Random& random);

}  // namespace tollgate::sandbox
