// The channel's side that the simulator asks; paypal_api.cpp holds what merchants call.
#include <charconv>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "net/url.hpp"
#include "sandbox/paypal_call.hpp"
#include "sandbox/paypal_webhook.hpp"

namespace tollgate::sandbox {
namespace {

std::string with_query(std::string url, const std::string& query) {
  url += url.find('?') == std::string::npos ? '?' : '&';
  return url + query;
}

std::set<std::string, std::less<>> names_in(std::string_view list) {
  std::set<std::string, std::less<>> out;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (comma > 0) out.emplace(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return out;
}

}  // namespace

std::string paypal_id(Random& random, std::size_t count) {
  constexpr std::string_view letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += letters[random.below(letters.size())];
  return out;
}

std::vector<std::string_view> Paypal::prefixes() const {
  return {"/v1/", "/v2/", "/checkoutnow"};
}

std::vector<Merchant> Paypal::merchants() const {
  std::vector<Merchant> out;
  for (const auto& app : keys_.apps()) out.push_back({app.account_id, app.merchant_id, app.shop});
  return out;
}

Brand Paypal::brand() const {
  return {.title = "PayPal",
          .accent = "#003087",
          .account_label = "邮箱 · Email",
          .sample_account = "buyer@sandbox.example",
          .pay_label = "同意付款 · Agree and pay"};
}

std::optional<Trade> Paypal::scan(std::string_view text) {
  constexpr std::string_view page = "/checkoutnow?token=";
  if (const auto at = text.find(page); at != std::string_view::npos)
    text.remove_prefix(at + page.size());
  return Channel::scan(text.substr(0, text.find('&')));
}

Change Paypal::buyer_pays(const Trade& trade, const PayWish& wish) {
  if (wish.silent) context_.ledger.mute(trade.key);
  if (trade.state == TradeState::pending) {
    Change settled = context_.ledger.pay(
        trade.key, new_payment(trade.agreed_amount.value_or(trade.amount), trade.payer));
    if (settled.verdict == Verdict::done) tell(settled.trade, settled.trade.told.back());
    return settled;
  }
  Payment agreed = new_payment(wish.amount.value_or(trade.amount), wish.payer);
  agreed.kind = "CHECKOUT.ORDER.APPROVED";
  Change change = context_.ledger.approve(trade.key, agreed);
  if (change.verdict != Verdict::done) return change;
  log::info("trade.approved", {{"channel", name()}, {"out_trade_no", change.trade.number()}});
  tell(change.trade, change.trade.told.back());
  return change;
}

Change Paypal::bank_declines(const Trade& trade) {
  if (trade.state == TradeState::pending) {
    Payment denied = new_payment(trade.amount, trade.payer);
    denied.state = TradeState::failed;
    denied.kind = "PAYMENT.CAPTURE.DENIED";
    Change change = context_.ledger.pay(trade.key, denied);
    if (change.verdict == Verdict::done) tell(change.trade, change.trade.told.back());
    return change;
  }
  Change change = buyer_pays(trade, {});
  if (change.verdict != Verdict::done) return change;
  const std::lock_guard lock(mutex_);
  declining_.insert(trade.key.out_trade_no);
  return change;
}

WayBack Paypal::way_back(const Trade& trade, Departure departure) const {
  const auto& details = static_cast<const PaypalDetails&>(*trade.details);
  const std::string token = "token=" + trade.key.out_trade_no;
  if (departure == Departure::left)
    return {details.cancel_url.empty() ? "" : with_query(details.cancel_url, token), ""};
  if (details.return_url.empty()) return {};
  return {with_query(details.return_url, token + "&PayerID=" + paypal_payer_id(trade.payer)), ""};
}

std::string Paypal::notify_url(const Trade& trade) const {
  const std::lock_guard lock(mutex_);
  const auto at = switches_.find(trade.key.mch_id);
  return at == switches_.end() ? std::string() : at->second.webhook_url;
}

std::string Paypal::new_notice_id() const {
  return "WH-" + paypal_id(context_.random, 17) + "-" + paypal_id(context_.random, 17);
}

Payment Paypal::new_payment(std::int64_t amount, const std::string& payer) const {
  Payment payment;
  payment.at = context_.clock.now();
  payment.transaction_id = paypal_id(context_.random, 17);
  payment.notice_id = new_notice_id();
  payment.kind = "PAYMENT.CAPTURE.COMPLETED";
  payment.payer = payer.empty() ? "buyer@sandbox.example" : payer;
  payment.amount = amount;
  return payment;
}

const NoticePolicy& Paypal::notice_policy() const {
  static const NoticePolicy policy{notice_gaps_s, 30'000, [](int status, std::string_view) {
                                     return status >= 200 && status < 300;
                                   }};
  return policy;
}

bool Paypal::can_forge(Forgery forgery) const {
  return forgery != Forgery::probe && forgery != Forgery::foreign_app;
}

NoticeMessage Paypal::notice(const Notice& notice, const Distortion& distortion) const {
  const PaypalApp& app = *keys_.app_of_merchant(notice.trade.key.mch_id);
  return paypal_webhook(notice, distortion,
                        {keys_, app, context_.url.get(), context_.clock.now(), context_.random});
}

bool Paypal::subscribed(const std::string& mch_id, const std::string& kind) const {
  const std::lock_guard lock(mutex_);
  const auto at = switches_.find(mch_id);
  if (at == switches_.end()) return true;  // on record as without an address
  return at->second.events.contains("*") || at->second.events.contains(kind);
}

void Paypal::tell(const Trade& trade, const Told& told) const {
  if (trade.silent || !subscribed(trade.key.mch_id, told.kind)) return;
  context_.notices.enqueue(*this, {told, notify_url(trade), trade});
}

Result<std::string> Paypal::rotate(std::string_view mch_id, std::string_view mode) {
  if (!mode.empty()) return Error(Errc::invalid_request, "no mode is known here");
  const auto fresh = keys_.rotate();
  if (!fresh) return fresh.error();
  return json::Writer()
      .begin_object()
      .field("mch_id", mch_id)
      .field("certificate", (*fresh)->cert_id)
      .end_object()
      .take();
}

Result<std::string> Paypal::configure(std::string_view mch_id, std::string_view name,
                                      std::string_view value) {
  std::int64_t seconds = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  const bool is_number = code == std::errc() && end == value.data() + value.size();
  {
    const std::lock_guard lock(mutex_);
    Switches& mine = switches_[std::string(mch_id)];
    if (name == "webhook_url" && (value.empty() || net::parse_url(value)))
      mine.webhook_url = value;
    else if (name == "webhook_events" && !value.empty())
      mine.events = names_in(value);
    else if (name == "token_lifetime" && is_number && seconds >= 1 && seconds <= 1'000'000)
      mine.token_life_s = seconds;
    else if (name == "unique_invoice" && (value == "on" || value == "off"))
      mine.unique_invoice = value == "on";
    else
      return Error(Errc::invalid_request,
                   "webhook_url (a URL), webhook_events (* or names), token_lifetime (seconds) or "
                   "unique_invoice (on, off)");
  }
  return json::Writer()
      .begin_object()
      .field("mch_id", mch_id)
      .field(name, value)
      .end_object()
      .take();
}

}  // namespace tollgate::sandbox
