#include "paypal/bill_line.hpp"

#include "common/encoding.hpp"
#include "common/time.hpp"
#include "paypal/currency.hpp"

namespace tollgate::paypal {
namespace {

using common::JsonValue;
using sdk::BillLine;
using sdk::BillLineKind;
using sdk::Verdict;

constexpr std::size_t max_number_bytes = 128;
constexpr std::size_t max_kind_bytes = 64;
constexpr int usual_decimals = 2;

std::string text_of(JsonValue value, std::size_t max = max_number_bytes) {
  return common::bounded(value.text_or_empty(), max);
}

/// In minor units of ISO 4217. Of currencies that are not offered here, with two decimals.
std::optional<std::int64_t> amount_of(JsonValue money) {
  const auto currency = money["currency_code"].text_or_empty();
  const auto value = money["value"].text_or_empty();
  const bool negative = value.starts_with('-');
  if (currency.empty()) return std::nullopt;
  if (const auto minor = parse_amount(value.substr(negative ? 1 : 0), currency))
    return negative ? -*minor : *minor;
  return common::parse_signed_decimal(value, usual_decimals);
}

BillLineKind kind_of(std::string_view code, std::int64_t amount) {
  if (code == "T0006" && amount >= 0) return BillLineKind::payment;
  if (code == "T1107" && amount <= 0) return BillLineKind::refund;
  return code.starts_with("T01") ? BillLineKind::fee : BillLineKind::other;
}

/// V: it succeeded and was reversed later. Of a payment the reversal is a line of its own.
Verdict status_of(std::string_view word, BillLineKind kind) {
  if (word == "S" || (word == "V" && kind == BillLineKind::payment)) return Verdict::succeeded;
  return word == "D" || word == "V" ? Verdict::failed : Verdict::pending;
}

}  // namespace

std::optional<std::int64_t> report_time(std::string_view text) {
  constexpr std::size_t offset_size = 5;
  std::string full(text);
  if (full.size() > offset_size) {
    const char sign = full[full.size() - offset_size];
    if (sign == '+' || sign == '-') full.insert(full.size() - 2, 1, ':');
  }
  return common::parse_rfc3339(full);
}

std::optional<BillLine> read_bill_line(JsonValue info) {
  const auto amount = amount_of(info["transaction_amount"]);
  const auto fee =
      info["fee_amount"] ? amount_of(info["fee_amount"]) : std::optional<std::int64_t>(0);
  if (!amount || !fee) return std::nullopt;
  BillLine line;
  line.channel_kind = text_of(info["transaction_event_code"], max_kind_bytes);
  line.kind = kind_of(line.channel_kind, *amount);
  line.status = status_of(info["transaction_status"].text_or_empty(), line.kind);
  std::string number = text_of(info["custom_field"]);
  if (number.empty()) number = text_of(info["invoice_id"]);
  if (line.kind == BillLineKind::refund) {
    line.refund_no = std::move(number);
    line.channel_refund_no = text_of(info["transaction_id"]);
    if (info["paypal_reference_id_type"].text_or_empty() == "TXN")
      line.channel_trade_no = text_of(info["paypal_reference_id"]);
  } else {
    line.pay_no = std::move(number);
    line.channel_trade_no = text_of(info["transaction_id"]);
  }
  const bool moved = line.kind == BillLineKind::payment || line.kind == BillLineKind::refund;
  line.amount = moved && *amount < 0 ? -*amount : *amount;
  line.fee = -*fee;
  line.currency = text_of(info["transaction_amount"]["currency_code"], 16);
  line.time_ms = report_time(info["transaction_initiation_date"].text_or_empty()).value_or(0);
  return line;
}

}  // namespace tollgate::paypal
