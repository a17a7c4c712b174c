// Finds the channel and the trade, whoever asks: the control interface or a buyer's page.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/channel.hpp"
#include "sandbox/context.hpp"

namespace tollgate::sandbox {

/// Thread-safe; the channels are given once.
class Cashier {
 public:
  Cashier(Context& context, std::vector<std::unique_ptr<Channel>>& channels)
      : context_(context), channels_(channels) {}

  /// The channel of a trade in the books.
  Channel& channel_of(const Trade& trade) const;
  /// By Channel::name(); nullptr for one that is not played.
  Channel* channel(std::string_view name) const;
  struct Found {
    Channel* channel = nullptr;  ///< nullptr where no such merchant exists.
    Merchant merchant;
  };
  /// By the merchant's id at its channel, or by the id of its ready-made account.
  Found merchant(std::string_view id) const;
  /// What the buyer reads as the receiver's name.
  std::string shop(const Trade& trade) const;
  const std::vector<std::unique_ptr<Channel>>& channels() const { return channels_; }

  /// The trade that a text leads to which a buyer scanned, was handed, or was sent to by a link.
  std::optional<Trade> scan(std::string_view text) const;
  /// Where a buyer pays the trade: a link to a page of the simulator.
  std::string page_of(const Trade& trade) const;

 private:
  Context& context_;
  std::vector<std::unique_ptr<Channel>>& channels_;
};

}  // namespace tollgate::sandbox
