// The few primitives that the host itself needs. Channel cryptography lives in plugins/common.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

/// 32 raw bytes.
std::string sha256(std::string_view data);
/// 32 raw bytes (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view data);

std::string hex_lower(std::string_view bytes);
/// RFC 4648 with padding.
std::string base64_encode(std::string_view bytes);
/// Strict: padding required, no white space, no stray bits; nothing for invalid text.
std::optional<std::string> base64_decode(std::string_view text);
/// RFC 4648 §5 without padding, for tokens in URLs.
std::string base64url_encode(std::string_view bytes);

/// Overwrites a text that held a secret; the compiler may not leave it out.
void wipe(std::string& text);

/// Takes the same time wherever the difference lies.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace tollgate
