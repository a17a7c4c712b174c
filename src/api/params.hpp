// What requests may say beside a JSON body: query parameters, and nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "net/http.hpp"

namespace tollgate::api {

/// A request that needs no body: one that is there must be an empty object, so that a field which
/// nobody reads is told. Errors: unsupported_media_type, malformed_request, invalid_request.
Result<bool> parse_nothing(const net::Request& request);

/// One query parameter, decoded; nothing where it is absent. Error (invalid_request, its pointer):
/// it is no percent-encoded UTF-8, which is not the same as absent.
Result<std::optional<std::string>> text_param(const net::Request& request, std::string_view name);

/// An id among the query parameters; nothing where it is absent. Error: invalid_request.
template <class Id>
Result<std::optional<Id>> id_param(const net::Request& request, std::string_view name) {
  TOLLGATE_TRY(const auto text, text_param(request, name));
  if (!text) return std::optional<Id>();
  if (const auto id = Id::parse(*text)) return std::optional<Id>(*id);
  return invalid_field("/" + std::string(name), "must be an id");
}

/// A whole number from `least` to `most` among the query parameters; nothing where it is absent.
/// Error: invalid_request.
Result<std::optional<std::int64_t>> number_param(const net::Request& request, std::string_view name,
                                                 std::int64_t least, std::int64_t most);

}  // namespace tollgate::api
