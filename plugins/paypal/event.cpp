#include "paypal/event.hpp"

#include <algorithm>
#include <array>

#include "common/encoding.hpp"
#include "common/json.hpp"
#include "paypal/account.hpp"

namespace tollgate::paypal {
namespace {

using common::JsonValue;
using Subject = Event::Subject;

constexpr std::size_t max_event_id = 128;

struct Row {
  std::string_view type;
  Subject subject;
};

// Reversals, disputes and all others are taken in and change nothing.
constexpr std::array rows{
    Row{"CHECKOUT.ORDER.APPROVED", Subject::order},
    Row{"CHECKOUT.ORDER.COMPLETED", Subject::order},
    Row{"CHECKOUT.PAYMENT-APPROVAL.REVERSED", Subject::order},
    Row{"PAYMENT.CAPTURE.COMPLETED", Subject::capture},
    Row{"PAYMENT.CAPTURE.PENDING", Subject::capture},
    Row{"PAYMENT.CAPTURE.DECLINED", Subject::capture},
    Row{"PAYMENT.CAPTURE.DENIED", Subject::capture},
    Row{"PAYMENT.CAPTURE.REFUNDED", Subject::refund},
    Row{"PAYMENT.REFUND.PENDING", Subject::refund},
    Row{"PAYMENT.REFUND.FAILED", Subject::refund},
};

Subject subject_of(std::string_view type) {
  const auto* const at =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.type == type; });
  return at == rows.end() ? Subject::nothing : at->subject;
}

}  // namespace

std::optional<Event> Event::read(std::string_view body) {
  const auto document = common::JsonDocument::parse(body);
  if (!document) return std::nullopt;
  Event event;
  event.event_id = document->root()["id"].text_or_empty();
  event.type = common::bounded(document->root()["event_type"].text_or_empty(), max_event_id);
  if (!common::is_token(event.event_id, max_event_id, "-_") || event.type.empty())
    return std::nullopt;
  event.subject = subject_of(event.type);
  if (event.subject == Subject::nothing) return event;

  const JsonValue resource = document->root()["resource"];
  // The order of a capture saves one look; what it is worth the API says.
  const JsonValue order = resource["supplementary_data"]["related_ids"]["order_id"];
  if (event.type == "CHECKOUT.PAYMENT-APPROVAL.REVERSED") {
    event.id = resource["order_id"].text_or_empty();
  } else if (event.subject == Subject::capture && is_id(order.text_or_empty())) {
    event.subject = Subject::order;
    event.id = order.text_or_empty();
  } else {
    event.id = resource["id"].text_or_empty();
  }
  if (!is_id(event.id)) return std::nullopt;
  return event;
}

std::string Event::path() const {
  const std::string last = common::url_encode(id);
  switch (subject) {
    case Subject::order:
      return "/v2/checkout/orders/" + last;
    case Subject::capture:
      return "/v2/payments/captures/" + last;
    case Subject::refund:
      return "/v2/payments/refunds/" + last;
    case Subject::nothing:
      break;
  }
  return {};
}

}  // namespace tollgate::paypal
