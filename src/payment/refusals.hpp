// Why a channel's operation on an attempt is refused for now, as the API tells it: both answers
// come with the seconds after which asking again makes sense.
#pragma once

#include "base/error.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::payment {

/// The attempt is being started or closed by another: payment_in_progress.
Error in_progress();
/// The channel refused for frequency (Verdict::retry): channel_busy, with what it asked for,
/// between 1 s and 60 s.
Error busy_channel(const sdk::Outcome& outcome);

}  // namespace tollgate::payment
