// The buyer's pages' one style sheet.
#pragma once

#include "console/html.hpp"

namespace tollgate::console {

extern const Markup style_sheet;

}  // namespace tollgate::console
