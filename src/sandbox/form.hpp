// application/x-www-form-urlencoded, and the way that several channels sign such fields.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::sandbox {

/// In the order received.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// Decoded; nothing for a broken escape. Names may stand twice.
std::optional<Fields> parse_form(std::string_view text);
/// Encoded: everything but unreserved characters is escaped.
std::string write_form(const Fields& fields);
/// The first of that name; empty where it is missing.
std::string field_of(const Fields& fields, std::string_view name);
/// A name that stands twice; empty where none does.
std::string doubled(const Fields& fields);

/// name=value joined by "&", sorted by name in byte order, raw.
std::string sorted_text(const Fields& fields, bool keep_empty);

}  // namespace tollgate::sandbox
