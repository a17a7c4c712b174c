#include "payment/refusals.hpp"

#include <algorithm>

namespace tollgate::payment {

Error in_progress() {
  Error error(Errc::payment_in_progress, "a payment of this order is being started or closed");
  error.retry_after_s = 1;
  return error;
}

Error busy_channel(const sdk::Outcome& outcome) {
  Error error(Errc::channel_busy, outcome.channel_code);
  error.retry_after_s = static_cast<int>(std::clamp<std::int64_t>(outcome.retry_after_s, 1, 60));
  return error;
}

}  // namespace tollgate::payment
