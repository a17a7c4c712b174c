// What merchants send to iPayLinks, field by field (channel document, section 3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/form.hpp"
#include "sandbox/ipaylinks_keys.hpp"
#include "sandbox/ipaylinks_message.hpp"

namespace tollgate::sandbox {

/// Empty where the fields are sound; else what is wrong. Neither looks at signature or merchant.
std::string ipaylinks_page_problem(const Fields& fields);
/// The same for the second generation; `fields` are of a sale, query, refund or cancel.
std::string ipaylinks_call_problem(const Fields& fields);

/// All that makes two placements the same order.
std::string ipaylinks_parameters(const Fields& fields);
/// Without blanks at either end, empty ones dropped.
Fields ipaylinks_trimmed(const Fields& fields);

}  // namespace tollgate::sandbox
