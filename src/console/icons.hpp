// Drawings of the buyer's pages, all inline: nothing is loaded from elsewhere.
#pragma once

#include <string_view>

#include "console/html.hpp"

namespace tollgate::console::icons {

inline constexpr Markup lock =
    R"(<svg class="ico" viewBox="0 0 24 24" aria-hidden="true"><path d="M7 10V7.5a5 5 0 0 1 10 0V10m-11 0h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1z"/></svg>)";
inline constexpr Markup chevron =
    R"(<svg class="ico go" viewBox="0 0 24 24" aria-hidden="true"><path d="m9 5 7 7-7 7"/></svg>)";
inline constexpr Markup check =
    R"(<svg class="mark good" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" r="30"/><path d="m19 33 9 9 17-19"/></svg>)";
inline constexpr Markup cross =
    R"(<svg class="mark bad" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" r="30"/><path d="m22 22 20 20m0-20L22 42"/></svg>)";
inline constexpr Markup hourglass =
    R"(<svg class="mark calm" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" r="30"/><path d="M32 16v17l11 7"/></svg>)";
inline constexpr Markup back =
    R"(<svg class="mark calm" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" r="30"/><path d="m27 20-9 9 9 9m-9-9h19a8 8 0 0 1 0 16h-6"/></svg>)";
inline constexpr Markup dash =
    R"(<svg class="mark calm" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" r="30"/><path d="M20 32h24"/></svg>)";
inline constexpr Markup spinner =
    R"(<svg class="mark calm spin" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" r="28"/><path d="M32 4a28 28 0 0 1 28 28"/></svg>)";

inline constexpr Markup wechat =
    R"(<svg class="logo wechat" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="10"/><path d="M16.5 9C10.7 9 6 12.7 6 17.3c0 2.6 1.5 4.9 3.8 6.4l-.9 3 3.5-1.8c1.2.4 2.6.6 4.1.6h.7a7.4 7.4 0 0 1-.3-2c0-4.3 4.2-7.7 9.3-7.7h.6C25.9 12 21.6 9 16.5 9z"/><path d="M34 23.600c0-3.800-3.700-6.800-8.200-6.800s-8.200 3-8.200 6.800 3.700 6.800 8.200 6.800c1.100 0 2.100-.2 3.100-.5l2.800 1.500-.8-2.500c1.900-1.200 3.100-3.200 3.100-5.300z"/></svg>)";
inline constexpr Markup alipay =
    R"(<svg class="logo alipay" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="10"/><path d="M10 12h20M20 8v9m-8.500 0h17c-1.500 6-7 12.500-17.500 14.500M13 22c5 2 11 5.500 17.500 9"/></svg>)";
inline constexpr Markup paypal =
    R"(<svg class="logo paypal" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="10"/><path d="M15 8h8.500c4.500 0 7 2.500 6.200 6.700-.9 4.600-4.200 6.800-8.700 6.800h-3.300L16.300 30H11z"/></svg>)";
inline constexpr Markup card =
    R"(<svg class="logo card" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="10"/><path d="M9 12.500h22a1.500 1.500 0 0 1 1.500 1.500v12a1.500 1.500 0 0 1-1.500 1.500H9A1.500 1.500 0 0 1 7.500 26V14A1.500 1.500 0 0 1 9 12.500zm-1.500 5h25m-21 5.500h6"/></svg>)";

inline Markup of_channel(std::string_view channel) {
  if (channel == "wechat") return wechat;
  if (channel == "alipay") return alipay;
  if (channel == "paypal") return paypal;
  return card;
}

}  // namespace tollgate::console::icons
