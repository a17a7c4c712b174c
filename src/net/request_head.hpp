// What a request's head means to the server, beyond HTTP's grammar. Plain functions, no sockets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace tollgate::net {

/// Splits `request.target` (origin form, absolute form, or "*" for OPTIONS) into path and query.
/// False for a broken escape, a control character, a fragment, or a "." or ".." segment, decoded or
/// not.
bool resolve_target(Request& request);

/// 1–128 characters of [A-Za-z0-9._-]: what of a client's X-Request-Id is safe to log and to
/// answer.
bool is_request_id(std::string_view text);

/// The client's X-Request-Id where it is one, else empty.
std::string_view given_request_id(const Headers& headers);

/// The peer, unless it is in `trusted`: then the rightmost address of X-Forwarded-For that is not.
std::string client_address(const Headers& headers, const std::string& peer,
                           const std::vector<std::string>& trusted);

}  // namespace tollgate::net
