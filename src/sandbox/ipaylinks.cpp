// The channel's side that the simulator asks; ipaylinks_api.cpp holds what merchants call.
#include "sandbox/ipaylinks.hpp"

#include "base/json_writer.hpp"
#include "net/url.hpp"

namespace tollgate::sandbox {
namespace {

std::string json_of(const Fields& fields) {
  json::Writer out;
  out.begin_object();
  for (const auto& [name, value] : fields) out.field(name, value);
  return out.end_object().take();
}

}  // namespace

std::vector<Merchant> Ipaylinks::merchants() const {
  std::vector<Merchant> out;
  for (const auto& merchant : keys_.merchants())
    out.push_back({merchant.account_id, merchant.id, merchant.shop});
  return out;
}

Brand Ipaylinks::brand() const {
  return {.title = "iPayLinks",
          .accent = "#0f6e6e",
          .account_label = "卡号 · Card number",
          .sample_account = "4111 1111 1111 1111",
          .pay_label = "付款 · Pay"};
}

Change Ipaylinks::bank_declines(const Trade& trade) {
  Payment payment = new_payment(trade.amount, trade.payer);
  payment.state = TradeState::failed;
  payment.kind = "failed";
  Change change = context_.ledger.pay(trade.key, payment);
  if (change.verdict == Verdict::done) announce(change.trade);
  return change;
}

WayBack Ipaylinks::way_back(const Trade& trade, Departure departure) const {
  const auto& details = static_cast<const IpaylinksDetails&>(*trade.details);
  const bool over = trade.state == TradeState::success || trade.state == TradeState::failed;
  if (details.return_url.empty() || departure == Departure::left || !over) return {};
  const IpaylinksMerchant& merchant = keys_.merchant(trade.key.mch_id);
  Fields fields = ipaylinks_facts(trade, merchant, context_.clock.now(), {});
  const auto name = ipaylinks_sign_name(merchant.generation);
  const std::string signature =
      ipaylinks_signature(fields, name, merchant.pkey, switches(merchant.id).tail);
  fields.emplace_back(name, signature);
  return {details.return_url, write_form(fields)};
}

Ipaylinks::Switches Ipaylinks::switches(std::string_view mch_id) const {
  const std::lock_guard lock(mutex_);
  const auto at = switches_.find(mch_id);
  return at == switches_.end() ? Switches{} : at->second;
}

std::string Ipaylinks::notify_url(const Trade& trade) const {
  return trade.notify_url.empty() ? switches(trade.key.mch_id).notify_url : trade.notify_url;
}

std::string Ipaylinks::new_notice_id() const {
  return "IPL-" + context_.random.alphanumeric(20);
}

Payment Ipaylinks::new_payment(std::int64_t amount, const std::string& payer) const {
  Payment payment;
  payment.at = context_.clock.now();
  payment.transaction_id = "102" + ipaylinks_time(payment.at).substr(2) +
                           std::to_string(1'000 + context_.random.below(9'000));
  payment.notice_id = new_notice_id();
  payment.kind = "success";
  // A card number, even an invented one, does not belong into books.
  payment.payer = payer.size() > 4 ? "**** " + payer.substr(payer.size() - 4) : payer;
  payment.amount = amount;
  return payment;
}

const NoticePolicy& Ipaylinks::notice_policy() const {
  static const NoticePolicy policy{notice_gaps_s, 10'000, [](int status, std::string_view body) {
                                     return status == 200 && body == "OK";
                                   }};
  return policy;
}

bool Ipaylinks::can_forge(Forgery forgery) const {
  switch (forgery) {
    case Forgery::none:
    case Forgery::signature:
    case Forgery::body:
    case Forgery::key:
    case Forgery::algorithm:
    case Forgery::foreign_mch:
    case Forgery::amount:
    case Forgery::currency:
      return true;
    default:
      return false;
  }
}

NoticeMessage Ipaylinks::notice(const Notice& notice, const Distortion& distortion) const {
  const IpaylinksMerchant& merchant = keys_.merchant(notice.trade.key.mch_id);
  const Switches mine = switches(merchant.id);
  const auto name = ipaylinks_sign_name(merchant.generation);
  const Refund* refund = notice.trade.refund(notice.told.refund);
  Fields fields = refund
                      ? ipaylinks_refund_facts(notice.trade, *refund, merchant, distortion)
                      : ipaylinks_facts(notice.trade, merchant, context_.clock.now(), distortion);
  std::string pkey = merchant.pkey;
  if (distortion.forgery == Forgery::key) pkey = std::string(32, 'x');
  if (distortion.forgery == Forgery::algorithm)
    for (auto& [field, value] : fields)
      if (field == "signType") value = merchant.generation == 1 ? "1" : "RSA";
  std::string signature = ipaylinks_signature(fields, name, pkey, mine.tail);
  if (distortion.forgery == Forgery::signature) signature[0] = signature[0] == 'a' ? 'b' : 'a';
  if (distortion.forgery == Forgery::body)
    for (auto& [field, value] : fields)
      if (field == "orderAmount" || field == "transAmt") value = "1";
  fields.emplace_back(name, signature);
  const bool as_json = mine.json_notices && merchant.generation == 2;
  NoticeMessage message;
  message.headers.set("Content-Type", as_json ? "application/json;charset=utf-8"
                                              : "application/x-www-form-urlencoded;charset=utf-8");
  message.body = as_json ? json_of(fields) : write_form(fields);
  return message;
}

Result<std::string> Ipaylinks::rotate(std::string_view, std::string_view) {
  return Error(Errc::invalid_request, "a shared key is not rotated");
}

Result<std::string> Ipaylinks::configure(std::string_view mch_id, std::string_view name,
                                         std::string_view value) {
  {
    const std::lock_guard lock(mutex_);
    Switches& mine = switches_[std::string(mch_id)];
    if (name == "key_tail" && (value == "&pkey=" || value == "&key=" || value.empty()))
      mine.tail.text = value;
    else if (name == "notice_format" && (value == "form" || value == "json"))
      mine.json_notices = value == "json";
    else if (name == "notify_url" && (value.empty() || net::parse_url(value)))
      mine.notify_url = value;
    else
      return Error(Errc::invalid_request,
                   "key_tail (&pkey=, &key= or nothing), notice_format (form, json) or notify_url");
  }
  return json::Writer()
      .begin_object()
      .field("mch_id", mch_id)
      .field(name, value)
      .end_object()
      .take();
}

}  // namespace tollgate::sandbox
