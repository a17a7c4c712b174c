// What a request's head means to the server, beyond HTTP's grammar. Plain functions, no sockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace tollgate::net {

/// Splits `request.target` (origin form, absolute form, or "*" for OPTIONS) into path and query.
/// False for a broken escape, a control character, a fragment, or a "." or ".." segment, decoded or
/// not.
bool resolve_target(Request& request);

/// "/a/b" is {"a", "b"}; a trailing slash is one more, empty segment.
std::vector<std::string> split_path(std::string_view path);

/// The segments of the request's path, split before they are decoded: "/stock/a%2Fb" is {"stock",
/// "a/b"}. Of `target`, which resolve_target has found sound; of `path` where `target` is empty.
std::vector<std::string> path_segments(const Request& request);

/// A query parameter (the first of that name) as it was received, so that a broken escape can be
/// told from absence; empty for a name without a value.
std::optional<std::string_view> encoded_query_param(const Request& request, std::string_view name);

/// The request's path for a log line: what follows "/pay/" names an order to whoever reads it, and
/// is left out.
std::string_view loggable_path(const Request& request);

/// 1–128 characters of [A-Za-z0-9._-]: what of a client's X-Request-Id is safe to log and to
/// answer.
bool is_request_id(std::string_view text);

/// The client's X-Request-Id where it is one, else empty.
std::string_view given_request_id(const Headers& headers);

/// Whom an address stands for: itself; of IPv6 its /64, which one subscriber has whole.
std::string network_of(const std::string& ip);

/// The peer, unless it is in `trusted`: then the rightmost address of X-Forwarded-For that is not.
std::string client_address(const Headers& headers, const std::string& peer,
                           const std::vector<std::string>& trusted);

}  // namespace tollgate::net
