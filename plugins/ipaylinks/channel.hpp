#pragma once

#include "tollgate/channel.hpp"

namespace tollgate::ipaylinks {

/// iPayLinks, hosted payment page, of both generations: what it offers and what it wants to be
/// told.
const sdk::Descriptor& describe();

}  // namespace tollgate::ipaylinks
