#pragma once

#include "tollgate/channel.hpp"

namespace tollgate::paypal {

/// PayPal, Orders v2 with intent CAPTURE: what it offers and what it wants to be told.
const sdk::Descriptor& describe();

}  // namespace tollgate::paypal
