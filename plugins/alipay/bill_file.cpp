#include "alipay/bill_file.hpp"

#include <algorithm>
#include <array>

#include "alipay/account.hpp"
#include "alipay/trade.hpp"
#include "common/charset.hpp"
#include "common/encoding.hpp"
#include "common/time.hpp"

namespace tollgate::alipay {
namespace {

using sdk::BillLine;
using sdk::BillLineKind;

constexpr std::size_t max_kind_bytes = 64;
constexpr std::string_view payment_word = "交易", refund_word = "退款";
constexpr std::string_view free_text = "商品名称";
constexpr std::string_view order_money = "订单金额（元）", received_money = "商家实收（元）";

std::optional<std::int64_t> fen(std::string_view text) {
  return common::parse_signed_decimal(text, currency_digits);
}

std::optional<std::string> utf8_of(std::string_view text, bool is_utf8) {
  if (!is_utf8) return common::transcode(text, common::Charset::gbk, common::Charset::utf8);
  if (!common::is_utf8(text)) return std::nullopt;
  return std::string(text);
}

/// What stands between two words; "" where they do not.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const auto from = text.find(before);
  if (from == text.npos) return {};
  text.remove_prefix(from + before.size());
  return text.substr(0, text.find(after) == text.npos ? 0 : text.find(after));
}

std::optional<std::int64_t> positive(std::optional<std::int64_t> amount) {
  return amount && *amount < 0 ? -*amount : amount;
}

}  // namespace

bool BillFile::fail(std::string_view why) {
  if (problem_.empty()) problem_ = why;
  return false;
}

bool BillFile::feed(std::string_view piece) {
  if (!problem_.empty()) return false;
  return unzip_.feed(piece, *this) || fail("the file is no sound zip archive");
}

bool BillFile::finish() {
  if (!problem_.empty()) return false;
  if (!unzip_.complete()) return fail("the file is cut short");
  return part_ == Part::end || fail("the archive has no table of trades");
}

bool BillFile::entry_begins(std::string_view name, bool utf8) {
  const auto text = utf8_of(name, utf8);
  if (!text) return fail("a name in the archive is no GBK");
  detail_ = text->ends_with(".csv") && text->find("汇总") == std::string::npos;
  if (!detail_) return true;
  if (part_ != Part::none) return fail("the archive has two tables of trades");
  part_ = Part::head;
  return true;
}

bool BillFile::entry_bytes(std::string_view piece) {
  if (!detail_) return true;
  return splitter_.feed(piece, [this](std::string_view part) { return line(part); }) ||
         fail("a line is too long");
}

bool BillFile::entry_ends() {
  if (!detail_) return true;
  if (!splitter_.finish([this](std::string_view part) { return line(part); })) return false;
  return part_ == Part::end || fail("the table has no end");
}

bool BillFile::line(std::string_view gbk) {
  const auto text = utf8_of(gbk, false);
  if (!text) return fail("a line is no GBK");
  if (text->empty()) return true;
  if (text->starts_with('#')) return remark(*text);
  if (part_ == Part::head) return head(*text);
  return part_ == Part::lines ? trade(*text) : fail("something stands behind the table");
}

/// Remarks tell where the table ends, and then its totals.
bool BillFile::remark(std::string_view text) {
  if (text.find("列表结束") != text.npos) {
    if (part_ != Part::lines) return fail("the table has no columns");
    part_ = Part::end;
  }
  if (part_ != Part::end) return true;
  const auto agrees = [&](std::string_view name, std::string_view money, const Sum& sum) {
    if (text.find(name) == text.npos) return true;
    const auto count = common::parse_digits(between(text, name, "笔"));
    const auto amount = positive(fen(between(text, money, "元")));
    return (!count || *count == sum.count) && (!amount || *amount == sum.amount);
  };
  return (agrees("交易合计：", "商家实收共", paid_) && agrees("退款合计：", "退款共", back_)) ||
         fail("the totals are not those of the lines");
}

bool BillFile::head(std::string_view text) {
  auto named = common::Columns::of(common::split_cells(text));
  if (!named) return fail("a column stands twice");
  columns_ = *std::move(named);
  constexpr std::array<std::string_view, 7> needed{
      "支付宝交易号", "商户订单号",   "业务类型",         order_money,
      received_money, "服务费（元）", "退款批次号/请求号"};
  part_ = Part::lines;
  const bool known =
      std::all_of(needed.begin(), needed.end(), [&](auto name) { return columns_.has(name); });
  return known || fail("the table is none of trades: columns are missing");
}

bool BillFile::trade(std::string_view text) {
  auto cells = common::split_cells(text);
  if (!common::fold_surplus(cells, columns_.size(), columns_.place(free_text)))
    return fail("a line has fewer cells than columns");
  const auto cell = [&](std::string_view name) { return columns_.cell(cells, name); };
  const auto kind = cell("业务类型");
  const bool back = kind == refund_word;
  // Refunds are told as negative, in some bills in one of the two columns alone.
  const auto amount = positive(fen(cell(order_money)));
  const auto received = positive(fen(cell(received_money)));
  const auto fee = fen(cell("服务费（元）"));
  if (!amount || !received || !fee) return fail("an amount is none");
  if (back || kind == payment_word) {
    Sum& sum = back ? back_ : paid_;
    ++sum.count;
    sum.amount += *received;
  }

  BillLine out;
  out.kind = back                   ? BillLineKind::refund
             : kind == payment_word ? BillLineKind::payment
                                    : BillLineKind::other;
  out.pay_no = number(cell("商户订单号"));
  out.channel_trade_no = number(cell("支付宝交易号"));
  if (back) out.refund_no = number(cell("退款批次号/请求号"));
  out.amount = *amount;
  out.fee = -*fee;
  out.currency = currency;
  out.time_ms = common::parse_beijing(cell("完成时间")).value_or(0);
  out.channel_kind = common::bounded(kind, max_kind_bytes);
  lines_.push_back(std::move(out));
  return true;
}

}  // namespace tollgate::alipay
