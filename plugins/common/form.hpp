// Flat messages: application/x-www-form-urlencoded, and the page that posts one by itself.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::common {

/// Names to values, in the order of the names' bytes.
using Form = std::map<std::string, std::string, std::less<>>;

/// Strict: nothing for a broken escape, a pair without '=', an empty name, a name that stands
/// twice, more than 200 pairs.
std::optional<Form> parse_form(std::string_view body);

std::string write_form(const Form& form);

/// HTML of a form that posts itself to `action`.
std::string posting_page(std::string_view action, const Form& form);

}  // namespace tollgate::common
