#pragma once

#include "tollgate/channel.hpp"

namespace tollgate::wechat {

/// WeChat Pay, API v3, direct merchant: what it offers and what it wants to be told.
const sdk::Descriptor& describe();

}  // namespace tollgate::wechat
