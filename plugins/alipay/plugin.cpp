// The channel's entry. Everything that this file needs twice, as .so and for tests, is in the other
// files.
#include "alipay/channel.hpp"
#include "tollgate/channel.hpp"

TOLLGATE_CHANNEL_PLUGIN(tollgate::alipay::describe)
