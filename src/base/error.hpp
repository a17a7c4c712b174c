// Errors that a caller or an expected state causes travel as Result<T>; broken infrastructure
// throws.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

/// Every error that can leave the server. The names are the API's stable `code` words; the table in
/// error.cpp gives each its HTTP status and title.
enum class Errc {
  internal_error,
  malformed_request,
  invalid_request,
  unsupported_media_type,
  unauthorized,
  forbidden,
  not_found,
  method_not_allowed,
  order_not_found,
  payment_not_found,
  refund_not_found,
  account_not_found,
  webhook_not_found,
  event_not_found,
  delivery_not_found,
  stock_not_found,
  reconciliation_not_found,
  difference_not_found,
  amount_mismatch,
  insufficient_stock,
  refund_exceeds_paid,
  approval_not_needed,
  second_key_required,
  order_already_paid,
  order_closed,
  payment_closed,
  payment_in_progress,
  idempotency_key_reused,
  idempotency_in_progress,
  request_timeout,
  payload_too_large,
  headers_too_large,
  rate_limited,
  method_unavailable,
  channel_unavailable,
  channel_refused,
  channel_busy,
  service_unavailable,
  last_,
};

/// What is wrong with one field: `pointer` is an RFC 6901 JSON pointer, empty for the whole body.
struct FieldError {
  std::string pointer;
  std::string detail;
};

struct Error {
  Errc code = Errc::internal_error;
  std::string detail;              ///< For the caller; never holds a secret.
  std::vector<FieldError> fields;  ///< Only for invalid input.
  int retry_after_s = 0;           ///< Seconds; 0 means not told.

  Error() = default;
  explicit Error(Errc c, std::string d = {}) : code(c), detail(std::move(d)) {}
};

/// Found by boost::system::result where value() is asked of an error: a bug, so it throws
/// logic_error.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& at);

template <class T>
using Result = boost::system::result<T, Error>;

/// The stable snake_case word of an error, as in problem+json's `code`.
std::string_view to_string(Errc code);
/// The HTTP status that the API answers for it.
int http_status(Errc code);
/// One short sentence in English, the same for every occurrence (RFC 9457 `title`).
std::string_view title(Errc code);

/// An invalid value of one field (422).
Error invalid_field(std::string pointer, std::string detail);

}  // namespace tollgate

#define TOLLGATE_CONCAT_(a, b) a##b
#define TOLLGATE_CONCAT(a, b) TOLLGATE_CONCAT_(a, b)
#define TOLLGATE_TRY_IMPL_(tmp, decl, ret, ...) \
  auto tmp = __VA_ARGS__;                       \
  if (!tmp) ret std::move(tmp).error();         \
  decl = std::move(tmp).value()
/// `TOLLGATE_TRY(auto x, f());` returns f's error from this function, or goes on with its value.
#define TOLLGATE_TRY(decl, ...) \
  TOLLGATE_TRY_IMPL_(TOLLGATE_CONCAT(try_, __LINE__), decl, return, __VA_ARGS__)
/// The same inside a coroutine.
#define TOLLGATE_CO_TRY(decl, ...) \
  TOLLGATE_TRY_IMPL_(TOLLGATE_CONCAT(try_, __LINE__), decl, co_return, __VA_ARGS__)

/// Stays on in release: a bug must stop the process before it writes wrong books.
#define TOLLGATE_ASSERT(condition) \
  ((condition) ? void(0) : ::tollgate::assertion_failed(#condition, __FILE__, __LINE__))

/// Within a unit of work: throws std::logic_error, so that what breaks the rule is undone alone and
/// the process goes on.
#define TOLLGATE_RULE(condition) \
  ((condition) ? void(0) : ::tollgate::rule_broken(#condition, __FILE__, __LINE__))

namespace tollgate {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
[[noreturn]] void rule_broken(const char* condition, const char* file, int line);
}  // namespace tollgate
