// What holds for every body that the API reads, accepted or not.
#pragma once

#include <string_view>

#include "api/context.hpp"
#include "base/error.hpp"
#include "fuzz.hpp"

namespace tollgate::fuzz {

/// A POST with the body as JSON.
net::Request post(std::string_view body);

/// The error names what is wrong, by pointers into the body, and is a sound problem+json.
void check_refusal(const Error& error);

/// Valid UTF-8 and, read again, the same JSON (fractions may lose their last digit).
void check_output(std::string_view json);

bool is_text_of(std::string_view text, std::size_t min, std::size_t max);

}  // namespace tollgate::fuzz
