#include "paypal/state.hpp"

#include <algorithm>

#include "common/json.hpp"
#include "paypal/account.hpp"

namespace tollgate::paypal {
namespace {

constexpr std::int64_t patience_ms = 10LL * 60 * 1000;  // after the first decline, then doubled
constexpr int max_doublings = 6;
constexpr int max_declines = 1'000;

}  // namespace

std::string AttemptState::text() const {
  common::JsonObjectWriter json;
  json.text("order_id", order_id);
  if (declines > 0)
    json.integer("declines", declines).integer("declined_ms", declined_ms).text("seen", seen);
  return json.finish();
}

AttemptState AttemptState::of(std::string_view text) {
  AttemptState state;
  const auto document = common::JsonDocument::parse(text);
  if (!document) return state;
  const auto root = document->root();
  const auto id = root["order_id"].text_or_empty();
  if (!is_id(id)) return state;
  state.order_id = id;
  state.declines = static_cast<int>(
      std::clamp<std::int64_t>(root["declines"].integer().value_or(0), 0, max_declines));
  state.declined_ms = root["declined_ms"].integer().value_or(0);
  state.seen = root["seen"].text_or_empty();
  return state;
}

bool AttemptState::may_capture(std::string_view seen_now, std::int64_t now_ms) const {
  if (declines == 0 || seen_now != seen) return true;
  return now_ms - declined_ms >= patience_ms << std::min(declines - 1, max_doublings);
}

AttemptState AttemptState::declined(std::string seen_now, std::int64_t now_ms) const {
  return {order_id, std::min(declines + 1, max_declines), now_ms, std::move(seen_now)};
}

}  // namespace tollgate::paypal
