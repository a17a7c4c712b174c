// What an answer of the API that is no success says (paypal.md sections 2 and 4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/json.hpp"
#include "common/outcome.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::paypal {

using common::unknown;

struct ApiError {
  int status = 0;
  std::string name;   ///< "" where the body is none of PayPal's.
  std::string issue;  ///< Of the first detail; "" for none.
  std::string message;
  std::string redirect;  ///< Link where the buyer should go; "" for none.
  std::int64_t retry_after_s = 0;

  static ApiError of(const sdk::Response& response);

  bool too_often() const;
  bool refused() const;        ///< PayPal's own refusal; else nobody knows what came of it.
  bool configuration() const;  ///< Credentials or rights of the account.
  bool gone() const;           ///< The order is not there (any more).
  bool in_progress() const;    ///< The same call is running: ask later.
  bool buyer_must_act() const;
  bool final_refusal() const;  ///< This order will never be paid.

  /// The channel's word: issue, else name, else http_<status>.
  std::string code() const;
  sdk::Outcome outcome(sdk::Verdict verdict, sdk::Reason reason = sdk::Reason::none) const;
};

/// The address of the link of this relation where the buyer's browser may be sent; "" for none.
std::string buyer_link(common::JsonValue links, std::string_view relation);

}  // namespace tollgate::paypal
