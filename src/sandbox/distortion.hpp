// How a notice may lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::sandbox {

enum class Forgery {
  none,
  // the message is not authentic
  signature,  ///< A signature of other bytes.
  serial,     ///< A serial that nobody knows.
  timestamp,  ///< Correctly signed ten minutes ago.
  body,       ///< Changed after signing.
  probe,      ///< The channel's own signature probe.
  key,        ///< Another key under the known serial.
  // the message is authentic, its content is not what was ordered
  foreign_app,
  foreign_mch,
  amount,
};
std::string_view to_string(Forgery forgery);
/// The named forgery; "none" has no name.
std::optional<Forgery> forgery(std::string_view name);

/// What a channel shall get wrong in one notice.
struct Distortion {
  Forgery forgery = Forgery::none;
  std::optional<std::int64_t> amount;  ///< For Forgery::amount; one more than booked where unset.
};

}  // namespace tollgate::sandbox
