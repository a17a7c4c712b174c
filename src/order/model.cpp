#include "order/model.hpp"

#include <algorithm>

namespace tollgate::order {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::unpaid:
      return "unpaid";
    case Status::paid:
      return "paid";
    case Status::refunded:
      return "refunded";
    case Status::cancelled:
      return "cancelled";
    case Status::expired:
      return "expired";
    case Status::failed:
      return "failed";
  }
  return "failed";
}

std::optional<Status> parse_status(std::string_view text) {
  const auto at = std::ranges::find(all_statuses, text, [](Status s) { return to_string(s); });
  if (at == all_statuses.end()) return std::nullopt;
  return *at;
}

const Transition* find_transition(Status from, Status to) {
  const auto at = std::ranges::find_if(
      transitions, [&](const Transition& t) { return t.from == from && t.to == to; });
  return at == transitions.end() ? nullptr : &*at;
}

}  // namespace tollgate::order
