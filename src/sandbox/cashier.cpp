#include "sandbox/cashier.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "sandbox/checkout.hpp"

namespace tollgate::sandbox {

Channel* Cashier::channel(std::string_view name) const {
  const auto at = std::ranges::find(channels_, name, [](const auto& c) { return c->name(); });
  return at == channels_.end() ? nullptr : at->get();
}

Channel& Cashier::channel_of(const Trade& trade) const {
  Channel* played = channel(trade.key.channel);
  TOLLGATE_ASSERT(played != nullptr);
  return *played;
}

Cashier::Found Cashier::merchant(std::string_view id) const {
  for (const auto& channel : channels_)
    for (auto& merchant : channel->merchants())
      if (merchant.mch_id == id || merchant.account_id == id)
        return {channel.get(), std::move(merchant)};
  return {};
}

std::string Cashier::shop(const Trade& trade) const {
  for (const auto& merchant : channel_of(trade).merchants())
    if (merchant.mch_id == trade.key.mch_id) return merchant.shop;
  return "";
}

std::optional<Trade> Cashier::scan(std::string_view text) const {
  constexpr std::string_view phone_link = "/_sandbox/phone?code=";
  if (const auto at = text.find(phone_link); at != std::string_view::npos) {
    text.remove_prefix(at + phone_link.size());
    text = text.substr(0, text.find('&'));
  }
  if (const auto at = text.find(Checkout::path); at != std::string_view::npos)
    text.remove_prefix(at + Checkout::path.size());
  for (const auto& channel : channels_)
    if (auto trade = channel->scan(text)) return trade;
  return std::nullopt;
}

std::string Cashier::page_of(const Trade& trade) const {
  if (const std::string pay_url = trade.link("pay_url"); !pay_url.empty()) return pay_url;
  return context_.url.get() + "/_sandbox/phone?code=" + net::percent_encode(trade.handle);
}

}  // namespace tollgate::sandbox
