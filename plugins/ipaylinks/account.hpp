// What all operations of one iPayLinks account share.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/form.hpp"
#include "common/settings.hpp"
#include "ipaylinks/amount.hpp"
#include "ipaylinks/signing.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::ipaylinks {

enum class Generation { webgate = 1, mapi = 2 };

/// The fields whose names differ between the generations, or may.
struct Names {
  std::string merchant, number, amount, currency, trade, status;
};

/// Immutable; thread-safe. Outlives the channel's operations.
struct Account {
  Generation generation;
  std::string endpoint;  ///< The one address that requests of either kind go to.
  std::string merchant_id;
  std::string receiver;  ///< The merchant number too.
  std::string site_id;
  Names names;
  Amounts amounts;
  Signer signer;
  std::string access_type, mcc, language, ack_body;
  bool json_bodies;
  int utc_offset_h;
  std::set<std::string, std::less<>> known_fields;  ///< Of answers and notices.

  bool mapi() const { return generation == Generation::mapi; }
  /// What every message of ours begins with.
  common::Form common_fields() const;
  /// To the endpoint of the second generation, signed; not to be sent twice.
  sdk::Request signed_request(common::Form form) const;
  /// Asks how the trade or refund of this number stands (second generation).
  sdk::Request query_request(std::string_view number) const;

  /// A message of iPayLinks' whose signature holds. Nothing, and `why` names it, where it has not
  /// exactly the documented form: one that is ambiguous once joined for signing, a field that is
  /// not known, another kind of signature than the configured one.
  std::optional<common::Form> read_signed(std::string_view content_type, std::string_view body,
                                          std::string_view& why) const;
};

}  // namespace tollgate::ipaylinks
