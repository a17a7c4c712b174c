#include "sandbox/channel.hpp"

#include "base/log.hpp"

namespace tollgate::sandbox {

std::optional<Trade> Channel::scan(std::string_view text) {
  auto trade = context_.ledger.find_handle(text);
  if (trade && trade->key.channel != name()) trade.reset();
  return trade;
}

Change Channel::buyer_pays(const Trade& trade, const PayWish& wish) {
  if (wish.silent) context_.ledger.mute(trade.key);
  Payment payment = new_payment(wish.amount.value_or(trade.amount), wish.payer);
  payment.late = wish.late;
  Change change = context_.ledger.pay(trade.key, payment);
  if (change.verdict != Verdict::done) return change;
  log::info("trade.paid", {{"channel", name()},
                           {"out_trade_no", trade.number()},
                           {"amount", change.trade.paid_amount},
                           {"currency", trade.currency}});
  announce(change.trade);
  return change;
}

Change Channel::bank_declines(const Trade& trade) {
  return {Verdict::done, trade};
}

WayBack Channel::way_back(const Trade&, Departure) const {
  return {};
}

Change Channel::channel_closes(const Trade& trade) {
  return context_.ledger.close(trade.key, context_.clock.now());
}

Trade Channel::as_paid(Trade trade) const {
  const Payment payment = new_payment(trade.amount, "");
  trade.state = TradeState::success;
  trade.transaction_id = payment.transaction_id;
  trade.paid_amount = payment.amount;
  trade.paid_at = payment.at;
  if (trade.payer.empty()) trade.payer = payment.payer;
  trade.told.push_back({payment.notice_id, payment.kind});
  return trade;
}

Result<std::string> Channel::configure(std::string_view, std::string_view, std::string_view) {
  return Error(Errc::invalid_request, "this channel has no such switch");
}

Change Channel::refund_ends(const Trade&, const std::string&, const std::string&) {
  return {};
}

void Channel::announce(const Trade& trade) const {
  if (trade.silent) return;
  context_.notices.enqueue(*this, {trade.told.back(), notify_url(trade), trade});
}

}  // namespace tollgate::sandbox
