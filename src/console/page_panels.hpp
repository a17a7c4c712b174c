// The part of the cashier page that depends on the state: what the buyer can do now.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "console/channel_form.hpp"
#include "console/html.hpp"
#include "console/page.hpp"

namespace tollgate::console {

/// One state of the page.
enum class PanelKind { choose, scan, redirect, form, bridge, confirming, time_up, done };

struct Panel {
  PanelKind kind = PanelKind::choose;
  std::string heading;  ///< Also told to screen readers when it changes.
  Html html;
  std::optional<std::string> form_origin;  ///< Where a form of the panel posts to.
};

/// True where the page can show what a payment started with: a code, a link, a form, or what the
/// app around the page is asked to do.
bool can_show(std::string_view action_type, std::string_view material);

Panel make_panel(const CashierView& view, const Visit& visit);

}  // namespace tollgate::console
