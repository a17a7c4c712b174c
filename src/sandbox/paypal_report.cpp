#include "sandbox/paypal_report.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "sandbox/exchange.hpp"
#include "sandbox/form.hpp"
#include "sandbox/paypal_order.hpp"

namespace tollgate::sandbox {
namespace {

PaypalError wrong(std::string field, std::string issue, std::string why) {
  PaypalError error = paypal_schema_error(std::move(field), std::move(issue), std::move(why));
  error.location = "query";
  return error;
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void write_money(json::Writer& out, std::string_view name, std::int64_t minor,
                 const std::string& currency) {
  out.key(name)
      .begin_object()
      .field("currency_code", currency)
      .field("value", paypal_value(minor, currency))
      .end_object();
}

std::string_view status_of(const BillEntry& entry) {
  return entry.status == "SUCCESS" ? "S" : "P";
}

/// The merchant's numbers, as they came with the order or the refund.
struct Numbers {
  std::string invoice, custom;
};
Numbers numbers_of(const BillEntry& entry) {
  if (!entry.details) return {"", entry.refund ? entry.out_refund_no : entry.out_trade_no};
  if (entry.refund) {
    const auto& refund = static_cast<const PaypalRefundDetails&>(*entry.details);
    return {refund.invoice_id, refund.custom_id};
  }
  const auto& order = static_cast<const PaypalDetails&>(*entry.details);
  return {order.invoice_id, order.custom_id};
}

void write_entry(json::Writer& out, const BillEntry& entry) {
  const Numbers numbers = numbers_of(entry);
  out.begin_object().key("transaction_info").begin_object();
  out.field("paypal_account_id", paypal_payer_id(entry.payer))
      .field("transaction_id", entry.refund ? entry.refund_id : entry.transaction_id);
  if (entry.refund)
    out.field("paypal_reference_id", entry.transaction_id).field("paypal_reference_id_type", "TXN");
  out.field("transaction_event_code", entry.refund ? "T1107" : "T0006")
      .field("transaction_initiation_date", paypal_time(entry.at))
      .field("transaction_updated_date", paypal_time(entry.at));
  write_money(out, "transaction_amount", entry.refund ? -entry.amount : entry.amount,
              entry.currency);
  // What PayPal took for a payment it keeps when the payment is given back.
  if (!entry.refund) write_money(out, "fee_amount", -entry.fee, entry.currency);
  out.field("transaction_status", status_of(entry));
  if (!numbers.invoice.empty()) out.field("invoice_id", numbers.invoice);
  if (!numbers.custom.empty()) out.field("custom_field", numbers.custom);
  out.field("protection_eligibility", "02").end_object().end_object();
}

}  // namespace

/// What is asked for, checked.
struct PaypalReports::Wish {
  TimeMs start, end;
  std::int64_t page = 1, page_size = 100;
  std::string span;
  std::optional<PaypalError> error;

  explicit Wish(const net::Request& request) {
    static constexpr std::array<std::string_view, 6> known{
        "start_date", "end_date", "fields", "page", "page_size", "balance_affecting_records_only"};
    const Fields query = parse_form(request.query).value_or(Fields{});
    for (const auto& [name, value] : query)
      if (std::ranges::find(known, name) == known.end())
        error = wrong(name, "NOT_SUPPORTED", "This parameter is not simulated.");
    if (const auto twice = doubled(query); !twice.empty())
      error = wrong(twice, "INVALID_PARAMETER_SYNTAX", "It stands twice.");
    start = time(query, "start_date");
    end = time(query, "end_date");
    page = number(query, "page", page, 1'000'000);
    page_size = number(query, "page_size", page_size, 500);
    span = field_of(query, "start_date") + " " + field_of(query, "end_date");
    if (error) return;
    if (end < start)
      error = wrong("end_date", "INVALID_PARAMETER_VALUE", "It is before the start.");
    if (start.plus_s(longest_span_s) < end)
      error = wrong("end_date", "INVALID_PARAMETER_VALUE", "The span is longer than 31 days.");
  }

 private:
  TimeMs time(const Fields& query, std::string_view name) {
    const std::string text = field_of(query, name);
    const auto at = from_rfc3339(text);
    if (!at && !error)
      error = wrong(std::string(name),
                    text.empty() ? "MISSING_REQUIRED_PARAMETER" : "INVALID_PARAMETER_SYNTAX",
                    "A time of RFC 3339 with seconds is needed.");
    return at.value_or(TimeMs{});
  }
  std::int64_t number(const Fields& query, std::string_view name, std::int64_t otherwise,
                      std::int64_t most) {
    const std::string text = field_of(query, name);
    if (text.empty()) return otherwise;
    const auto value = whole_number(text);
    const bool well = value && *value >= 1 && *value <= most;
    if (!well && !error)
      error = wrong(std::string(name), "INVALID_PARAMETER_VALUE",
                    "1 to " + std::to_string(most) + " is needed.");
    return well ? *value : otherwise;
  }
};

PaypalReports::Report PaypalReports::make(const Wish& wish, const PaypalApp& app,
                                          const std::optional<Fault>& fault) const {
  const TimeMs now = context_.clock.now();
  Report report;
  // The end is a part of the span: times have whole seconds here.
  report.entries = context_.bills.entries({"paypal", app.merchant_id}, wish.start,
                                          wish.end.plus_s(1), fault, context_.random);
  report.told_items = report.entries.size();
  if (is(fault, FaultKind::wrong_hash)) ++report.told_items;
  const bool at_once = !context_.bills.policy().from_min;
  report.refreshed = at_once ? std::max(now, wish.end) : now;
  if (is(fault, FaultKind::not_ready)) report.refreshed = wish.start;
  return report;
}

std::string PaypalReports::body(const Wish& wish, const Report& report,
                                const PaypalApp& app) const {
  const auto size = static_cast<std::size_t>(wish.page_size);
  const auto first = static_cast<std::size_t>(wish.page - 1) * size;
  const std::size_t pages = (report.told_items + size - 1) / size;
  json::Writer out;
  out.begin_object().key("transaction_details").begin_array();
  for (std::size_t i = first; i < std::min(first + size, report.entries.size()); ++i)
    write_entry(out, report.entries[i]);
  out.end_array()
      .field("account_number", app.merchant_id)
      .field("start_date", paypal_time(wish.start))
      .field("end_date", paypal_time(wish.end))
      .field("last_refreshed_datetime", paypal_time(report.refreshed))
      .field("page", wish.page)
      .field("total_items", static_cast<std::int64_t>(report.told_items))
      .field("total_pages", static_cast<std::int64_t>(pages));
  return out.key("links").begin_array().end_array().end_object().take();
}

std::variant<std::string, PaypalError> PaypalReports::page(const net::Request& request,
                                                           const PaypalApp& app,
                                                           const std::optional<Fault>& fault) {
  const Wish wish(request);
  if (wish.error) return *wish.error;
  const std::string key = app.client_id + " " + wish.span;
  const std::lock_guard lock(mutex_);
  if (wish.page == 1 || !reports_.contains(key)) {
    Report report = make(wish, app, fault);
    if (static_cast<std::int64_t>(report.entries.size()) > context_.bills.policy().report_rows) {
      PaypalError error = wrong("", "RESULTSET_TOO_LARGE",
                                "Result set size is greater than the maximum limit. Change the "
                                "filter criteria and try again.");
      return error;
    }
    if (order_.size() >= max_reports) {
      reports_.erase(order_.front());
      order_.erase(order_.begin());
    }
    if (!reports_.contains(key)) order_.push_back(key);
    reports_[key] = std::move(report);
  }
  std::string text = body(wish, reports_.at(key), app);
  if (is(fault, FaultKind::truncated)) text.resize(text.size() / 2);
  return text;
}

}  // namespace tollgate::sandbox
