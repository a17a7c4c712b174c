// What an attempt keeps between operations, as the host stores it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::paypal {

struct AttemptState {
  std::string order_id;  ///< PayPal's; "" where no order is known.
  int declines = 0;      ///< How often the capture was declined.
  std::int64_t declined_ms = 0;
  std::string seen;  ///< How the order looked after the last decline (see order.hpp).

  std::string text() const;
  /// Of a text that text() made; for all else nothing is known.
  static AttemptState of(std::string_view text);

  /// True where an order that is approved may be captured now. After a decline it may once the
  /// order looks different, or after a while: PayPal need not say that the buyer approved anew, and
  /// a card that was just declined must not be tried at each question.
  bool may_capture(std::string_view seen_now, std::int64_t now_ms) const;
  AttemptState declined(std::string seen_now, std::int64_t now_ms) const;
};

}  // namespace tollgate::paypal
