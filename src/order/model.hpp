// What an order is, and which changes of its state exist.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/strong_id.hpp"

namespace tollgate::order {

enum class Status { unpaid, paid, refunded, cancelled, expired, failed };
inline constexpr std::array all_statuses{Status::unpaid,    Status::paid,    Status::refunded,
                                         Status::cancelled, Status::expired, Status::failed};

std::string_view to_string(Status status);
std::optional<Status> parse_status(std::string_view text);

/// Every change there is; anything else is refused. The rows double as documentation.
struct Transition {
  Status from;
  Status to;
  std::string_view event;  ///< The event type that tells of it.
};
inline constexpr std::array transitions{
    Transition{Status::unpaid, Status::paid, "order.paid"},
    Transition{Status::unpaid, Status::cancelled, "order.cancelled"},
    Transition{Status::unpaid, Status::expired, "order.expired"},
    Transition{Status::unpaid, Status::failed, "order.failed"},
    Transition{Status::paid, Status::refunded, "order.refunded"},
    Transition{Status::expired, Status::paid, "order.paid"},  // late money that is taken after all
    Transition{Status::cancelled, Status::paid, "order.paid"},  // the same
};
/// The transition's row; nullptr where the change is not allowed.
const Transition* find_transition(Status from, Status to);
/// True while (user, business) stays taken.
constexpr bool is_live(Status status) {
  return status == Status::unpaid || status == Status::paid;
}

struct Item {
  std::string goods_id, goods_type, name;
  std::int64_t unit_price = 0;
  std::int64_t quantity = 0;
  bool stock_locked = false;
};

struct Order {
  OrderId id;
  Status status = Status::unpaid;
  std::string user_id, business_id, order_type, currency;
  std::int64_t amount = 0;
  std::int64_t amount_refunded = 0;
  std::string description;
  std::string metadata = "{}";
  TimeMs closing_until;
  TimeMs created_at, expires_at;
  std::optional<TimeMs> paid_at;
  std::vector<Item> items;  ///< Empty in lists until loaded.
};

}  // namespace tollgate::order
