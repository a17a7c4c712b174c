// Money that no order took: it came after the order was over, a second time, or in another amount.
// Each is a row that ends explained: accepted, refunded, or held until somebody decides (P5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "payment/model.hpp"

namespace tollgate::payment {

/// What configuration wants done with it.
enum class LatePolicy {
  refund,  ///< Given back by itself.
  accept,  ///< The order is paid after all where its stock is still there, else given back.
  hold,    ///< Somebody decides.
};
std::string_view to_string(LatePolicy policy);

namespace late_state {
inline constexpr std::string_view held = "held";
inline constexpr std::string_view accepted = "accepted";
inline constexpr std::string_view refunding = "refunding";
inline constexpr std::string_view refunded = "refunded";
}  // namespace late_state

struct LateMoney {
  PayNo pay_no;
  OrderId order_id;
  std::int64_t amount = 0;  ///< As the channel reported it.
  std::string currency;
  std::string why;  ///< The order's state then, or amount_mismatch.
  std::string policy;
  std::string state;  ///< A late_state.
  std::string channel_trade_no;
  TimeMs created_at;
};

/// As the API shows it.
std::string to_json(const LateMoney& money);
/// What a refund of it is called: paid_late, paid_twice, amount_mismatch.
std::string_view cause_of(const LateMoney& money);

namespace store {

/// Once per attempt: false where it is on record.
bool record_late(db::Tx& tx, const LateMoney& money);
std::optional<LateMoney> find_late(db::Tx& tx, PayNo pay_no);
void set_late_state(db::Tx& tx, PayNo pay_no, std::string_view state);
/// The channel has named another amount since: what of it went back leaves the rest held.
void correct_late(db::Tx& tx, const LateMoney& money);
/// How many are in the state.
std::int64_t count_late(db::Tx& tx, std::string_view state);
/// Below `before`, newest first.
std::vector<LateMoney> list_late(db::Tx& tx, const std::optional<std::string>& state,
                                 std::int64_t before, int limit);

}  // namespace store
}  // namespace tollgate::payment
