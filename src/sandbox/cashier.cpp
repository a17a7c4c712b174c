#include "sandbox/cashier.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace tollgate::sandbox {

Change Cashier::pay(const Trade& trade, std::optional<std::int64_t> amount, bool silent) {
  const Channel& played = *channel(trade.key.channel);
  Change change = context_.ledger.pay(trade.key, played.new_payment(amount.value_or(trade.amount)));
  if (change.verdict != Verdict::done) return change;
  log::info("trade.paid", {{"out_trade_no", trade.key.out_trade_no},
                           {"amount", change.trade.paid_amount},
                           {"currency", trade.currency}});
  if (!silent) notifier_.enqueue(played, change.trade);
  return change;
}

Trade Cashier::pretend_paid(Trade trade) const {
  const Payment payment = channel(trade.key.channel)->new_payment(trade.amount);
  trade.state = TradeState::success;
  trade.transaction_id = payment.transaction_id;
  trade.notice_id = payment.notice_id;
  trade.paid_amount = payment.amount;
  trade.paid_at = payment.at;
  if (trade.payer.empty()) trade.payer = payment.payer;
  return trade;
}

Channel* Cashier::channel(std::string_view name) const {
  const auto at = std::ranges::find(channels_, name, [](const auto& c) { return c->name(); });
  return at == channels_.end() ? nullptr : at->get();
}

Channel* Cashier::channel_of_merchant(std::string_view mch_id) const {
  for (const auto& channel : channels_) {
    const auto merchants = channel->merchants();
    if (std::ranges::find(merchants, mch_id) != merchants.end()) return channel.get();
  }
  return nullptr;
}

std::optional<Trade> Cashier::find_handle(std::string_view code) const {
  constexpr std::string_view link = "/_sandbox/phone?code=";
  if (const auto at = code.find(link); at != std::string_view::npos) {
    code.remove_prefix(at + link.size());
    code = code.substr(0, code.find('&'));
  }
  return context_.ledger.find_handle(code);
}

}  // namespace tollgate::sandbox
