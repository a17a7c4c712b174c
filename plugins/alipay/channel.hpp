#pragma once

#include "tollgate/channel.hpp"

namespace tollgate::alipay {

/// Alipay, open platform gateway, RSA2, mainland: what it offers and what it wants to be told.
const sdk::Descriptor& describe();

}  // namespace tollgate::alipay
