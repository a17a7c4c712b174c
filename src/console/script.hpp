// The buyer's pages' one script; without it they work by reloading.
#pragma once

#include "console/html.hpp"

namespace tollgate::console {

extern const Markup page_script;

}  // namespace tollgate::console
