// Takes secrets out of what is stored about exchanges (P9). Works on raw text, also where that is
// broken or cut, so that no format error lets a secret through.
#pragma once

#include <string>
#include <string_view>

#include "tollgate/channel.hpp"

namespace tollgate::channel {

inline constexpr std::size_t recorded_body_bytes = 8 * 1024;

/// True for names of members, parameters and headers whose values are not stored: those with the
/// word secret, password, token, sign, signature, credential, authorization, cookie, pan, cvv …, or
/// with "key" as the last word, in any of the spellings clientSecret, client_secret, client-secret.
bool is_secret_name(std::string_view name);

/// The text with the values of secret members of JSON (also JSON inside of JSON texts, and of links
/// in them) and of forms (also JSON inside of form values) replaced by "***". Everything else stays
/// byte for byte.
std::string mask_text(std::string_view text);

/// A URL without user info, its query masked, at most 2 KiB.
std::string mask_url(std::string_view url);

/// Masked, cut to 8 KiB at a character's border; what is not text becomes "(binary, N bytes)".
std::string mask_body(std::string_view body);

/// "***" where the header is secret by its flag or its name.
std::string mask_header(const sdk::Header& header);

}  // namespace tollgate::channel
