// The channel's entry. Everything that this file needs twice, as .so and for tests, is in the other
// files.
#include "ipaylinks/channel.hpp"
#include "tollgate/channel.hpp"

TOLLGATE_CHANNEL_PLUGIN(tollgate::ipaylinks::describe)
