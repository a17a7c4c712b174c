// The channel's side that the simulator asks; alipay_api.cpp holds what merchants call.
#include "sandbox/alipay.hpp"

#include "base/json_writer.hpp"
#include "sandbox/page.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::string_view page_path = "/gateway.do?";

std::string digits(Random& random, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += static_cast<char>('0' + random.below(10));
  return out;
}

}  // namespace

Alipay::Alipay(AlipayKeys& keys, Context& context)
    : Channel(context),
      keys_(keys),
      gateway_(keys, context.true_clock),
      exchange_(context, {std::string(name()), true,
                          [this](const net::Request& request, const Fault& fault) {
                            return refuse(request, fault);
                          }}) {}

net::Response Alipay::no_route(const net::Request& request, Errc why) {
  const bool other_method = why == Errc::method_not_allowed;
  Outcome outcome{{other_method ? 405 : 404, "text/plain", "not found\n"}, "", "no such path", ""};
  exchange_.record(request, outcome);
  return outcome.response;
}

std::vector<Merchant> Alipay::merchants() const {
  std::vector<Merchant> out;
  for (const auto& app : keys_.apps()) out.push_back({app.account_id, app.seller_id, app.shop});
  return out;
}

Brand Alipay::brand() const {
  return {.title = "支付宝 · Alipay",
          .accent = "#0b5ed7",
          .account_label = "支付宝账号 · Alipay account",
          .sample_account = "buyer@sandbox.example",
          .pay_label = "确认付款 · Pay"};
}

std::optional<Trade> Alipay::scan(std::string_view text) {
  if (auto trade = Channel::scan(text)) {
    if (trade->opened) return trade;
    return context_.ledger.open(trade->key).trade;
  }
  // What an app or a browser was handed is a signed wish: it places the trade.
  if (const auto at = text.find(page_path); at != std::string_view::npos)
    text.remove_prefix(at + page_path.size());
  if (text.find("method=alipay.trade.") == std::string_view::npos) return std::nullopt;
  auto fields = parse_form(text);
  if (!fields) return std::nullopt;
  const AlipayCall call = gateway_.check(std::move(*fields));
  Placed placed;
  if (call.authentic && alipay_product(call.method)) placed = place(call);
  Outcome outcome{{}, call.app ? call.app->seller_id : "", "accepted", call.method};
  const auto& error = call.error ? call.error : placed.error;
  if (error) outcome.verdict = error->sub_code + ": " + error->sub_msg;
  net::Request as_request;
  as_request.target = "(scanned)";
  exchange_.record(as_request, outcome);
  return placed.trade;
}

WayBack Alipay::way_back(const Trade& trade, Departure departure) const {
  const auto& details = static_cast<const AlipayDetails&>(*trade.details);
  if (departure == Departure::paid && !details.return_url.empty() &&
      trade.state == TradeState::success) {
    const AlipaySignerPtr signer = keys_.signer(*keys_.app(trade.app_id));
    return {alipay_return(trade, voice(trade, signer), context_.clock.now()), ""};
  }
  return {details.quit_url, ""};
}

Change Alipay::channel_closes(const Trade& trade) {
  Change change =
      context_.ledger.close(trade.key, context_.clock.now(), Told{new_notice_id(), "TRADE_CLOSED"});
  if (change.verdict == Verdict::done && change.trade.opened) announce(change.trade);
  return change;
}

std::string Alipay::new_notice_id() const {
  std::string stamp;
  for (const char c : alipay_time(context_.clock.now()))
    if (c >= '0' && c <= '9') stamp += c;
  return stamp.substr(0, 8) + "00222" + stamp.substr(8) + digits(context_.random, 15);
}

Payment Alipay::new_payment(std::int64_t amount, const std::string& payer) const {
  Payment payment;
  payment.at = context_.clock.now();
  payment.notice_id = new_notice_id();
  payment.kind = "TRADE_SUCCESS";
  payment.payer = payer.empty() ? "buyer@sandbox.example" : payer;
  payment.amount = amount;
  return payment;
}

const NoticePolicy& Alipay::notice_policy() const {
  static const NoticePolicy policy{notice_gaps_s, 5'000, [](int status, std::string_view body) {
                                     return status == 200 && body == "success";
                                   }};
  return policy;
}

bool Alipay::can_forge(Forgery forgery) const {
  switch (forgery) {
    case Forgery::none:
    case Forgery::signature:
    case Forgery::body:
    case Forgery::key:
    case Forgery::algorithm:
    case Forgery::foreign_app:
    case Forgery::foreign_mch:
    case Forgery::amount:
      return true;
    default:
      return false;
  }
}

AlipayVoice Alipay::voice(const Trade& trade, const AlipaySignerPtr& signer) const {
  const std::lock_guard lock(mutex_);
  const auto gbk = gbk_.find(trade.key.mch_id);
  return {*keys_.app(trade.app_id), *signer, nullptr, gbk != gbk_.end() && gbk->second};
}

NoticeMessage Alipay::notice(const Notice& notice, const Distortion& distortion) const {
  const AlipaySignerPtr signer = keys_.signer(*keys_.app(notice.trade.app_id));
  AlipayVoice with = voice(notice.trade, signer);
  if (distortion.forgery == Forgery::key) with.stranger = keys_.strangers_key();
  return alipay_notice(notice, distortion, with, context_.clock.now());
}

Result<std::string> Alipay::rotate(std::string_view mch_id, std::string_view mode) {
  if (!mode.empty()) return Error(Errc::invalid_request, "no mode is known here");
  if (!keys_.app_of_seller(mch_id)->by_certificate)
    return Error(Errc::invalid_request, "a bare public key is not rotated");
  const auto fresh = keys_.rotate();
  if (!fresh) return fresh.error();
  return json::Writer()
      .begin_object()
      .field("mch_id", mch_id)
      .field("alipay_cert_sn", (*fresh)->cert_sn)
      .end_object()
      .take();
}

Result<std::string> Alipay::configure(std::string_view mch_id, std::string_view name,
                                      std::string_view value) {
  if (name != "charset" || (value != "utf-8" && value != "GBK"))
    return Error(Errc::invalid_request, "name must be charset, value utf-8 or GBK");
  {
    const std::lock_guard lock(mutex_);
    gbk_[std::string(mch_id)] = value == "GBK";
  }
  return json::Writer()
      .begin_object()
      .field("mch_id", mch_id)
      .field("charset", value)
      .end_object()
      .take();
}

}  // namespace tollgate::sandbox
