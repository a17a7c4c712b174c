// What the simulator asks of each channel that it plays.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "net/http.hpp"
#include "net/router.hpp"
#include "sandbox/distortion.hpp"
#include "sandbox/ledger.hpp"

namespace tollgate::sandbox {

/// A notice ready to be posted.
struct NoticeMessage {
  net::Headers headers;
  std::string body;
};

/// Thread-safe after construction.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual std::string_view name() const = 0;
  /// The channel's own paths begin with it.
  virtual std::string_view path_prefix() const = 0;
  virtual std::vector<net::Route> routes() = 0;
  /// The answer, in the channel's manner, to a path under the prefix that has no route.
  virtual net::Response no_route(const net::Request& request, Errc why) = 0;

  virtual std::vector<std::string> merchants() const = 0;
  virtual std::string shop(std::string_view mch_id) const = 0;
  /// The channel's numbers for a payment that a buyer makes now.
  virtual Payment new_payment(std::int64_t amount) const = 0;
  /// Signs a notice of the trade's success now; each call makes fresh stamps. `id` stays over
  /// retries.
  virtual NoticeMessage notice(const Trade& trade, const std::string& id,
                               const Distortion& distortion) const = 0;

  /// Adds a signing key for the merchant, or with `mode` changes the kind of key that notices are
  /// signed with. Returns JSON that tells the new state. Errors: not_found (merchant),
  /// invalid_request.
  virtual Result<std::string> rotate(std::string_view mch_id, std::string_view mode) = 0;
};

}  // namespace tollgate::sandbox
