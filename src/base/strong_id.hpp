// Ids that cannot be mistaken for one another.
#pragma once

#include <charconv>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

/// A positive 64-bit number with a meaning; in JSON and in paths a decimal string.
template <class Tag>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(std::int64_t value) : value_(value) {}

  constexpr std::int64_t value() const { return value_; }
  std::string str() const { return std::to_string(value_); }

  /// 1 to 19 decimal digits, no sign, no leading zero; nothing for anything else.
  static std::optional<StrongId> parse(std::string_view text) {
    std::int64_t value = 0;
    if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return StrongId(value);
  }

  constexpr explicit operator bool() const { return value_ != 0; }
  constexpr auto operator<=>(const StrongId&) const = default;

 private:
  std::int64_t value_ = 0;
};

using OrderId = StrongId<struct OrderIdTag>;
/// One payment attempt; its decimal form is the channel's out_trade_no.
using PayNo = StrongId<struct PayNoTag>;
using RefundId = StrongId<struct RefundIdTag>;
using EventId = StrongId<struct EventIdTag>;
using WebhookId = StrongId<struct WebhookIdTag>;
using DeliveryId = StrongId<struct DeliveryIdTag>;
using CallbackId = StrongId<struct CallbackIdTag>;
using ExchangeId = StrongId<struct ExchangeIdTag>;
using ReconciliationId = StrongId<struct ReconciliationIdTag>;
using DifferenceId = StrongId<struct DifferenceIdTag>;
using JobId = StrongId<struct JobIdTag>;

}  // namespace tollgate

template <class Tag>
struct std::hash<tollgate::StrongId<Tag>> {
  std::size_t operator()(const tollgate::StrongId<Tag>& id) const noexcept {
    return std::hash<std::int64_t>{}(id.value());
  }
};
