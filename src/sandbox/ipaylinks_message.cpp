#include "sandbox/ipaylinks_message.hpp"

#include <charconv>

#include "base/money.hpp"
#include "base/time.hpp"
#include "sandbox/authority.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::int64_t china_offset_s = 8 * 3600;
constexpr std::int64_t max_wire = 100'000'000'000;
constexpr std::string_view foreign_id = "19999999999";

const IpaylinksDetails& details_of(const Trade& trade) {
  return static_cast<const IpaylinksDetails&>(*trade.details);
}

Fields first_generation(const Trade& trade, const IpaylinksMerchant& merchant,
                        const std::string& id, const std::string& amount,
                        const std::string& currency) {
  const bool paid = trade.state == TradeState::success;
  Fields out{
      {"orderId", trade.key.out_trade_no},
      {"resultCode", paid ? "0000" : "1001"},
      {"resultMsg", paid ? "Success" : "Declined by the issuing bank"},
      {"orderAmount", amount},
      {"currencyCode", currency},
      {"merchantBillName", merchant.site},
      {"acquiringTime", ipaylinks_time(trade.created_at)},
      {"completeTime", ipaylinks_time(trade.paid_at)},
      {"dealId", trade.transaction_id},
      {"partnerId", id},
      {"language", "en"},
      {"charset", "1"},
      {"signType", "2"},
  };
  if (!details_of(trade).remark.empty()) out.emplace_back("remark", details_of(trade).remark);
  return out;
}

Fields second_generation(const Trade& trade, const std::string& id, const std::string& amount,
                         const std::string& currency, TimeMs now) {
  const std::string status = ipaylinks_status(trade, now);
  const bool paid = status == "success";
  const bool waits = status == "pending";
  Fields out{
      {"version", "2.0"},
      {"merchantId", id},
      {"transId", trade.key.out_trade_no},
      {"transType", "sale"},
      {"charset", "utf-8"},
      {"respCode", paid    ? "0000"
                   : waits ? "0300"
                           : "1001"},
      {"respMsg", paid    ? "Approved or completed successfully"
                  : waits ? "Accepted"
                          : "Not paid"},
      {"status", status},
      {"transAmt", amount},
      {"currency", currency},
      {"signType", "MD5"},
  };
  if (!trade.transaction_id.empty()) out.emplace_back("orderId", trade.transaction_id);
  if (!waits && trade.paid_at.ms > 0)
    out.emplace_back("completeTime", ipaylinks_time(trade.paid_at));
  if (!details_of(trade).remark.empty()) out.emplace_back("reqReserved", details_of(trade).remark);
  if (!details_of(trade).channel.empty())
    out.emplace_back("transChannel", details_of(trade).channel);
  return out;
}

}  // namespace

std::string ipaylinks_signature(const Fields& fields, std::string_view sign_name,
                                const std::string& pkey, const IpaylinksTail& tail) {
  Fields kept;
  for (const auto& field : fields)
    if (field.first != sign_name) kept.push_back(field);
  return md5_hex(sorted_text(kept, false) + tail.text + pkey);
}

std::string_view ipaylinks_sign_name(int generation) {
  return generation == 1 ? "signMsg" : "sign";
}

Fields ipaylinks_facts(const Trade& trade, const IpaylinksMerchant& merchant, TimeMs now,
                       const Distortion& distortion) {
  const bool paid = trade.state == TradeState::success;
  std::int64_t minor = paid ? trade.paid_amount : trade.amount;
  if (distortion.forgery == Forgery::amount) minor = distortion.amount.value_or(minor + 1);
  std::string currency = trade.currency;
  if (distortion.forgery == Forgery::currency) currency = currency == "USD" ? "EUR" : "USD";
  const bool foreign = distortion.forgery == Forgery::foreign_mch;
  const std::string id(foreign ? foreign_id : std::string_view(merchant.id));
  const std::string amount = ipaylinks_wire(minor, trade.currency, merchant.generation);
  return merchant.generation == 1 ? first_generation(trade, merchant, id, amount, currency)
                                  : second_generation(trade, id, amount, currency, now);
}

Fields ipaylinks_refund_facts(const Trade& trade, const Refund& refund,
                              const IpaylinksMerchant& merchant, const Distortion& distortion) {
  std::int64_t minor = refund.amount;
  if (distortion.forgery == Forgery::amount) minor = distortion.amount.value_or(minor + 1);
  std::string currency = trade.currency;
  if (distortion.forgery == Forgery::currency) currency = currency == "USD" ? "EUR" : "USD";
  const bool foreign = distortion.forgery == Forgery::foreign_mch;
  const bool done = refund.status == "SUCCESS";
  const bool failed = refund.status == "CLOSED";
  Fields out{
      {"version", "2.0"},
      {"merchantId", foreign ? std::string(foreign_id) : merchant.id},
      {"transId", refund.out_refund_no},
      {"origTransId", trade.key.out_trade_no},
      {"transType", "refund"},
      {"charset", "utf-8"},
      {"respCode", done     ? "0000"
                   : failed ? "1001"
                            : "0300"},
      {"respMsg", done     ? "Approved or completed successfully"
                  : failed ? "Not refunded"
                           : "Accepted"},
      {"status", done                          ? "success"
                 : failed                      ? "failed"
                 : refund.status == "ABNORMAL" ? "pending_review"
                                               : "pending"},
      {"transAmt", ipaylinks_wire(minor, trade.currency, merchant.generation)},
      {"currency", currency},
      {"orderId", refund.refund_id},
      {"signType", "MD5"},
  };
  if (done || failed) out.emplace_back("completeTime", ipaylinks_time(refund.at));
  return out;
}

std::string ipaylinks_status(const Trade& trade, TimeMs now) {
  switch (trade.state) {
    case TradeState::success:
      return "success";
    case TradeState::failed:
      return "failed";
    case TradeState::closed:
      return "expired";
    default:
      return now >= trade.expires_at ? "expired" : "pending";
  }
}

std::optional<std::int64_t> ipaylinks_minor(std::string_view wire, std::string_view currency,
                                            int generation) {
  const auto known = Currency::parse(currency);
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(wire.data(), wire.data() + wire.size(), value);
  if (!known || wire.empty() || wire.front() < '1' || wire.front() > '9' || code != std::errc() ||
      end != wire.data() + wire.size() || value > max_wire)
    return std::nullopt;
  if (known->exponent() == 2) return value;
  if (known->exponent() == 0 && generation == 1 && value % 100 == 0) return value / 100;
  return std::nullopt;
}

std::string ipaylinks_wire(std::int64_t minor, std::string_view currency, int generation) {
  const auto known = Currency::parse(currency);
  const bool hundredfold = known && known->exponent() == 0 && generation == 1;
  return std::to_string(hundredfold ? minor * 100 : minor);
}

std::string ipaylinks_time(TimeMs time) {
  std::string out;
  for (const char c : to_rfc3339(time.plus_s(china_offset_s)).substr(0, 19))
    if (c >= '0' && c <= '9') out += c;
  return out;
}

}  // namespace tollgate::sandbox
