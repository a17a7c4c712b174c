// How a notice may lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::sandbox {

enum class Forgery {
  none,
  // the message is not authentic
  signature,    ///< A signature of other bytes.
  serial,       ///< A serial, or a certificate's address, that nobody knows.
  timestamp,    ///< Correctly signed ten minutes ago.
  body,         ///< Changed after signing.
  probe,        ///< The channel's own signature probe.
  key,          ///< Another key under the known serial.
  algorithm,    ///< A weaker algorithm, named as such and used.
  certificate,  ///< A certificate of the right name that no authority vouches for.
  host,         ///< The certificate's address at another host.
  // the message is authentic, its content is not what was ordered
  foreign_app,
  foreign_mch,
  amount,
  currency,
};
std::string_view to_string(Forgery forgery);
/// The named forgery; "none" has no name.
std::optional<Forgery> forgery(std::string_view name);
/// Authentic, with a content of its own: another notice, under another id.
bool other_content(Forgery forgery);

/// What a channel shall get wrong in one notice.
struct Distortion {
  Forgery forgery = Forgery::none;
  std::optional<std::int64_t> amount;  ///< For Forgery::amount; one more than booked where unset.
};

}  // namespace tollgate::sandbox
