// What the buyer holds in hand, and which ways to pay suit it.
#pragma once

#include <string_view>
#include <vector>

#include "console/cashier.hpp"

namespace tollgate::console {

enum class Device { desktop, mobile, wechat, alipay };

/// By the User-Agent header.
Device device_of(std::string_view user_agent);

/// How well a method suits a device: 1 is best, 0 cannot be used there. `jsapi` is for WeChat's own
/// browser; `app` never can be used on these pages: it needs a merchant's own app.
int suitability(std::string_view method, Device device);

/// One choice for each button: of those with the same title and channel the one that suits best,
/// the earlier one where two suit alike. Keeps the order. Pointers into `choices`.
std::vector<const Choice*> offers(const std::vector<Choice>& choices, Device device);

/// What a scanned code starts by itself on this device: in WeChat and in Alipay the best of that
/// channel. nullptr, in every browser: the buyer chooses.
const Choice* scanned_choice(const std::vector<Choice>& choices, Device device);

}  // namespace tollgate::console
