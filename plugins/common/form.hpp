// Forms as channels post and take them: application/x-www-form-urlencoded.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::common {

/// Names and values, sorted by the bytes of the names.
using Form = std::map<std::string, std::string, std::less<>>;

/// Decodes once. Names are of [0-9A-Za-z_.-]; values may be any bytes. Nothing where a name comes
/// twice, a field has no '=', an escape is broken, there are bytes that encoding would have
/// escaped (control characters, spaces, what is not ASCII), or more than `max_fields` fields.
std::optional<Form> parse_form(std::string_view body, std::size_t max_fields = 128);

/// Percent-encoded, in the map's order.
std::string encode_form(const Form& form);

/// HTML of a form that posts itself to `action`: what a channel's page is opened with.
std::string posting_page(std::string_view action, const Form& form);

}  // namespace tollgate::common
