// Where a trade is paid, whoever pays: the control interface or the phone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/channel.hpp"
#include "sandbox/context.hpp"
#include "sandbox/notifier.hpp"

namespace tollgate::sandbox {

/// Thread-safe; the channels are given once.
class Cashier {
 public:
  Cashier(Context& context, Notifier& notifier, std::vector<std::unique_ptr<Channel>>& channels)
      : context_(context), notifier_(notifier), channels_(channels) {}

  /// Books the payment and, unless `silent`, starts telling the merchant. `amount` is what is
  /// booked instead of the ordered amount. The verdict is Ledger::pay's.
  Change pay(const Trade& trade, std::optional<std::int64_t> amount = std::nullopt,
             bool silent = false);
  /// The trade as it would stand were it paid now, for forged notices; nothing is booked.
  Trade pretend_paid(Trade trade) const;

  /// By Channel::name(); nullptr for one that is not played.
  Channel* channel(std::string_view name) const;
  /// The channel that serves the merchant; nullptr where none does.
  Channel* channel_of_merchant(std::string_view mch_id) const;
  const std::vector<std::unique_ptr<Channel>>& channels() const { return channels_; }

  /// By what a buyer holds: a code URL, a prepay id, an H5 link or its token.
  std::optional<Trade> find_handle(std::string_view code) const;

 private:
  Context& context_;
  Notifier& notifier_;
  std::vector<std::unique_ptr<Channel>>& channels_;
};

}  // namespace tollgate::sandbox
