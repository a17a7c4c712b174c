// The channel: its settings, what it offers, and its entry. Everything that this file needs twice,
// as .so and for tests, is in the other files.
#include "tollgate/channel.hpp"
#include "wechat/channel.hpp"

TOLLGATE_CHANNEL_PLUGIN(tollgate::wechat::describe)
