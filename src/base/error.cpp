#include "base/error.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace tollgate {
namespace {

struct Row {
  Errc code;
  int status;
  std::string_view name;
  std::string_view title;
};

constexpr std::array rows{
    Row{Errc::internal_error, 500, "internal_error", "The server could not answer"},
    Row{Errc::malformed_request, 400, "malformed_request", "The request cannot be read"},
    Row{Errc::invalid_request, 422, "invalid_request", "The request holds invalid values"},
    Row{Errc::unsupported_media_type, 400, "unsupported_media_type", "The body must be JSON"},
    Row{Errc::unauthorized, 401, "unauthorized", "A valid API key is needed"},
    Row{Errc::forbidden, 403, "forbidden", "The API key may not do this"},
    Row{Errc::not_found, 404, "not_found", "There is nothing at this address"},
    Row{Errc::method_not_allowed, 405, "method_not_allowed", "The method does not apply here"},
    Row{Errc::order_not_found, 404, "order_not_found", "There is no such order"},
    Row{Errc::payment_not_found, 404, "payment_not_found", "There is no such payment"},
    Row{Errc::refund_not_found, 404, "refund_not_found", "There is no such refund"},
    Row{Errc::account_not_found, 404, "account_not_found", "There is no such account"},
    Row{Errc::webhook_not_found, 404, "webhook_not_found", "There is no such webhook"},
    Row{Errc::event_not_found, 404, "event_not_found", "There is no such event"},
    Row{Errc::delivery_not_found, 404, "delivery_not_found", "There is no such delivery"},
    Row{Errc::stock_not_found, 404, "stock_not_found", "The goods are not stock-managed"},
    Row{Errc::reconciliation_not_found, 404, "reconciliation_not_found",
        "There is no such reconciliation"},
    Row{Errc::difference_not_found, 404, "difference_not_found", "There is no such difference"},
    Row{Errc::amount_mismatch, 422, "amount_mismatch", "The amount differs from the items' sum"},
    Row{Errc::insufficient_stock, 409, "insufficient_stock", "There is not enough stock"},
    Row{Errc::refund_exceeds_paid, 409, "refund_exceeds_paid", "More than is left of the payment"},
    Row{Errc::approval_not_needed, 409, "approval_not_needed", "The refund awaits no approval"},
    Row{Errc::second_key_required, 403, "second_key_required",
        "The key that asked for the refund cannot approve it"},
    Row{Errc::order_already_paid, 409, "order_already_paid", "The order is paid"},
    Row{Errc::order_closed, 409, "order_closed", "The order takes no further payment"},
    Row{Errc::payment_closed, 409, "payment_closed", "The payment is over"},
    Row{Errc::payment_in_progress, 409, "payment_in_progress", "Another payment is being started"},
    Row{Errc::idempotency_key_reused, 422, "idempotency_key_reused",
        "The idempotency key was used for another request"},
    Row{Errc::idempotency_in_progress, 409, "idempotency_in_progress",
        "The first request with this key is still running"},
    Row{Errc::request_timeout, 408, "request_timeout", "The request came too slowly"},
    Row{Errc::payload_too_large, 413, "payload_too_large", "The body is too large"},
    Row{Errc::headers_too_large, 431, "headers_too_large", "The headers are too large"},
    Row{Errc::rate_limited, 429, "rate_limited", "Too many requests"},
    Row{Errc::method_unavailable, 422, "method_unavailable",
        "No account offers this method and currency"},
    Row{Errc::channel_unavailable, 502, "channel_unavailable", "The channel gave no usable answer"},
    Row{Errc::channel_refused, 502, "channel_refused", "The channel refused the request"},
    Row{Errc::channel_busy, 503, "channel_busy", "The channel asks to slow down"},
    Row{Errc::service_unavailable, 503, "service_unavailable", "The server cannot do this now"},
};
static_assert(rows.size() == static_cast<std::size_t>(Errc::last_));

const Row& row_of(Errc code) {
  const auto& row = rows.at(static_cast<std::size_t>(code));
  TOLLGATE_ASSERT(row.code == code);
  return row;
}

}  // namespace

std::string_view to_string(Errc code) {
  return row_of(code).name;
}
int http_status(Errc code) {
  return row_of(code).status;
}
std::string_view title(Errc code) {
  return row_of(code).title;
}

void throw_exception_from_error(const Error& error, const boost::source_location& at) {
  throw std::logic_error("value() of an error (" + std::string(to_string(error.code)) + ") at " +
                         at.to_string());
}

Error invalid_field(std::string pointer, std::string detail) {
  Error error(Errc::invalid_request);
  error.fields.push_back({std::move(pointer), std::move(detail)});
  return error;
}

void rule_broken(const char* condition, const char* file, int line) {
  throw std::logic_error(std::string(file) + ":" + std::to_string(line) +
                         ": broken rule: " + condition);
}

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace tollgate
