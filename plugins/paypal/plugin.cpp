// The channel's entry. Everything that this file needs twice, as .so and for tests, is in the other
// files.
#include "paypal/channel.hpp"
#include "tollgate/channel.hpp"

TOLLGATE_CHANNEL_PLUGIN(tollgate::paypal::describe)
