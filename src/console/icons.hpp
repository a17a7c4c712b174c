// Drawings of the buyer's pages, all inline: nothing is loaded from elsewhere.
#pragma once

#include <string_view>

#include "console/html.hpp"

namespace tollgate::console::icons {

inline constexpr Markup lock =
    R"(<svg class="ico" viewBox="0 0 24 24" aria-hidden="true"><path d="M7 10V7.5a5 5 0 0 1 10 )"
    R"(0V10m-11 0h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1z"/></svg>)";
inline constexpr Markup chevron =
    R"(<svg class="ico go" viewBox="0 0 24 24" aria-hidden="true"><path d="m9 5 7 7-7 7"/>)"
    R"(</svg>)";
inline constexpr Markup check =
    R"(<svg class="mark good" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" )"
    R"(r="30"/><path d="m19 33 9 9 17-19"/></svg>)";
inline constexpr Markup cross =
    R"(<svg class="mark bad" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" )"
    R"(r="30"/><path d="m22 22 20 20m0-20L22 42"/></svg>)";
inline constexpr Markup hourglass =
    R"(<svg class="mark calm" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" )"
    R"(r="30"/><path d="M32 16v17l11 7"/></svg>)";
inline constexpr Markup back =
    R"(<svg class="mark calm" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" )"
    R"(r="30"/><path d="m27 20-9 9 9 9m-9-9h19a8 8 0 0 1 0 16h-6"/></svg>)";
inline constexpr Markup dash =
    R"(<svg class="mark calm" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" cy="32" )"
    R"(r="30"/><path d="M20 32h24"/></svg>)";
inline constexpr Markup spinner =
    R"(<svg class="mark calm spin" viewBox="0 0 64 64" aria-hidden="true"><circle cx="32" )"
    R"(cy="32" r="28"/><path d="M32 4a28 28 0 0 1 28 28"/></svg>)";

inline constexpr Markup wechat =
    R"(<svg class="logo wechat" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" )"
    R"(height="40" rx="10"/><path d="M16.5 9C10.7 9 6 12.7 6 17.3c0 2.6 1.5 4.9 3.8 6.4l-.9 3 )"
    R"(3.5-1.8c1.2.4 2.6.6 4.1.6h.7a7.4 7.4 0 0 1-.3-2c0-4.3 4.2-7.7 9.3-7.7h.6C25.9 12 21.6 9 )"
    R"(16.5 9z"/><path d="M34 23.6c0-3.8-3.7-6.8-8.2-6.8s-8.2 3-8.2 6.8 )"
    R"(3.7 6.8 8.2 6.8c1.1 0 2.1-.2 3.1-.5l2.8 1.5-.8-2.5c1.900-1.200 )"
    R"(3.1-3.2 3.1-5.300z"/></svg>)";
inline constexpr Markup alipay =
    R"(<svg class="logo alipay" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" )"
    R"(height="40" rx="10"/><path d="M10 12h20M20 8v9m-8.5 0h17c-1.5 6-7 12.5-17.5 )"
    R"(14.5M13 22c5 2 11 5.5 17.5 9"/></svg>)";
inline constexpr Markup paypal =
    R"(<svg class="logo paypal" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" )"
    R"(height="40" rx="10"/><path d="M15 8h8.5c4.5 0 7 2.5 6.200 6.700-.9 4.600-4.200 )"
    R"(6.8-8.700 6.8h-3.300L16.300 30H11z"/></svg>)";
inline constexpr Markup card =
    R"(<svg class="logo card" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" )"
    R"(height="40" rx="10"/><path d="M9 12.5h22a1.5 1.5 0 0 1 1.5 1.5v12a1.5 1.5 )"
    R"(0 0 1-1.5 1.5H9A1.5 1.5 0 0 1 7.5 26V14A1.5 1.5 0 0 1 9 12.5zm-1.5 )"
    R"(5h25m-21 5.5h6"/></svg>)";

inline Markup of_channel(std::string_view channel) {
  if (channel == "wechat") return wechat;
  if (channel == "alipay") return alipay;
  if (channel == "paypal") return paypal;
  return card;
}

}  // namespace tollgate::console::icons
