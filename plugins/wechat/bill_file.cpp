#include "wechat/bill_file.hpp"

#include <algorithm>

#include "common/encoding.hpp"
#include "common/time.hpp"

namespace tollgate::wechat {
namespace {

using common::Cells;
using sdk::BillLine;
using sdk::BillLineKind;
using sdk::Verdict;

constexpr int fen_places = 2;
constexpr int fee_places = 5;  // fees are told finer than a fen
constexpr std::size_t max_number_bytes = 128;
constexpr std::size_t max_kind_bytes = 64;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view refund_money = "申请退款金额", old_refund_money = "退款金额";
constexpr std::string_view order_money = "订单金额", old_order_money = "应结订单金额";

std::optional<std::int64_t> fen(std::string_view text) {
  return common::parse_signed_decimal(text, fen_places);
}

std::string number(std::string_view text) {
  return text == "0" ? "" : common::bounded(text, max_number_bytes);
}

std::string word(std::string_view first, std::string_view second) {
  std::string text(first);
  if (!second.empty()) text.append("/").append(second);
  return common::bounded(text, max_kind_bytes);
}

/// Values have a backtick in front, which parts them from commas in merchants' texts.
Cells values_of(std::string_view text) {
  if (!text.starts_with('`')) return common::split_cells(text);
  return common::split_cells(text.substr(1), ",`");
}

Verdict refund_status(std::string_view word) {
  if (word == "SUCCESS") return Verdict::succeeded;
  if (word == "FAIL" || word == "CLOSED") return Verdict::failed;
  return Verdict::pending;  // PROCESSING, CHANGE
}

bool has_all(const common::Columns& columns, std::initializer_list<std::string_view> names) {
  return std::all_of(names.begin(), names.end(), [&](auto name) { return columns.has(name); });
}

/// False where the sum does not fit.
bool add(std::int64_t& sum, std::int64_t amount) {
  return !__builtin_add_overflow(sum, amount, &sum);
}

/// The first column of a bill's totals.
bool begins_totals(std::string_view name) {
  return name == "总交易单数" || name == "资金流水总笔数";
}

}  // namespace

bool BillFile::fail(std::string_view why) {
  if (problem_.empty()) problem_ = why;
  return false;
}

bool BillFile::feed(std::string_view piece) {
  if (!problem_.empty()) return false;
  if (piece.empty()) return true;
  const auto fed = inflater_.feed(piece, [this](std::string_view part) { return text(part); });
  if (fed.state == common::Inflater::State::broken) return fail("the file is no sound gzip");
  if (fed.used < piece.size()) return fail("something stands behind the file's end");
  return true;
}

bool BillFile::text(std::string_view piece) {
  sha1_.update(piece);
  return splitter_.feed(piece, [this](std::string_view part) { return line(part); }) ||
         fail("a line is too long");
}

bool BillFile::finish() {
  if (!problem_.empty()) return false;
  if (inflater_.state() != common::Inflater::State::ended) return fail("the file is cut short");
  if (!splitter_.finish([this](std::string_view part) { return line(part); })) return false;
  std::string told = sha1_hex_;
  for (char& c : told)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  if (common::hex_lower(sha1_.finish()) != told) return fail("the file's SHA-1 is another");
  return part_ == Part::over || fail("the file has no totals");
}

bool BillFile::line(std::string_view text) {
  if (part_ == Part::head && text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  if (text.empty()) return true;
  if (!common::is_utf8(text)) return fail("a line is no UTF-8");
  if (part_ == Part::head) return head(text);
  if (part_ == Part::over) return fail("something stands behind the totals");
  if (part_ == Part::lines && !text.starts_with('`') &&
      begins_totals(common::split_cells(text).front())) {
    part_ = Part::totals;
    return take_columns(total_columns_, text);
  }
  const Cells cells = values_of(text);
  if (part_ == Part::totals) return totals(cells);
  if (cells.size() != columns_.size()) return fail("a line has more or fewer cells than columns");
  return type_ == BillType::trade ? trade(cells) : fund(cells);
}

bool BillFile::head(std::string_view text) {
  if (!take_columns(columns_, text)) return false;
  const bool known = type_ == BillType::trade
                         ? has_all(columns_, {"交易时间", "微信订单号", "商户订单号", "交易状态",
                                              "货币种类", "手续费"}) &&
                               (columns_.has(order_money) || columns_.has(old_order_money))
                         : has_all(columns_, {"记账时间", "微信支付业务单号", "业务类型",
                                              "收支类型", "收支金额(元)", "业务凭证号"});
  part_ = Part::lines;
  return known || fail("the file is none of these bills: columns are missing");
}

bool BillFile::take_columns(common::Columns& columns, std::string_view text) {
  auto named = common::Columns::of(common::split_cells(text));
  if (!named) return fail("a column stands twice");
  columns = *std::move(named);
  return true;
}

bool BillFile::trade(const Cells& cells) {
  const auto cell = [&](std::string_view name) { return columns_.cell(cells, name); };
  const auto state = cell("交易状态");
  const auto refund_amount = fen(cell(columns_.first_of(refund_money, old_refund_money)));
  const bool back = state == "REFUND" || (state == "REVOKED" && refund_amount.value_or(0) != 0);
  const auto amount =
      back ? refund_amount : fen(cell(columns_.first_of(order_money, old_order_money)));
  const auto fee = common::parse_signed_decimal(cell("手续费"), fee_places);
  if (!amount || !fee || *amount < 0) return fail("an amount is none");
  if (!add(back ? sums_.back : sums_.paid, *amount) || !add(sums_.fees, *fee))
    return fail("the amounts are too large");
  ++sums_.count;

  BillLine out;
  out.kind = back ? BillLineKind::refund : BillLineKind::payment;
  out.status = back ? refund_status(cell("退款状态"))
                    : (state == "SUCCESS" ? Verdict::succeeded : Verdict::failed);
  out.pay_no = number(cell("商户订单号"));
  out.channel_trade_no = number(cell("微信订单号"));
  if (back) {
    out.refund_no = number(cell("商户退款单号"));
    out.channel_refund_no = number(cell("微信退款单号"));
  }
  if (!back && state != "SUCCESS" && state != "REVOKED") out.kind = BillLineKind::other;
  out.amount = *amount;
  out.fee = common::round_decimals(*fee, fee_places, fen_places);
  out.currency = common::bounded(cell("货币种类"), 16);
  out.time_ms = common::parse_beijing(cell("交易时间")).value_or(0);
  out.channel_kind = word(state, back ? cell("退款状态") : cell("交易类型"));
  lines_.push_back(std::move(out));
  return true;
}

bool BillFile::fund(const Cells& cells) {
  const auto cell = [&](std::string_view name) { return columns_.cell(cells, name); };
  const auto amount = fen(cell("收支金额(元)"));
  const auto direction = cell("收支类型");
  const bool in = direction == "收入";
  if (!in && direction != "支出") return fail("a movement has no direction");
  if (!amount || *amount < 0) return fail("an amount is none");
  if (!add(in ? sums_.in : sums_.out, *amount)) return fail("the amounts are too large");
  ++sums_.count;
  ++(in ? sums_.in_count : sums_.out_count);

  const auto kind = cell("业务类型");
  BillLine out;
  if (in && kind == "交易")
    out.kind = BillLineKind::payment;
  else if (!in && kind == "退款")
    out.kind = BillLineKind::refund;
  else if (kind.find("手续费") != kind.npos)
    out.kind = BillLineKind::fee;
  const bool moved = out.kind == BillLineKind::payment || out.kind == BillLineKind::refund;
  const bool refund = out.kind == BillLineKind::refund;
  (refund ? out.refund_no : out.pay_no) = number(cell("业务凭证号"));
  (refund ? out.channel_refund_no : out.channel_trade_no) = number(cell("微信支付业务单号"));
  out.amount = moved || in ? *amount : -*amount;
  out.currency = "CNY";
  out.time_ms = common::parse_beijing(cell("记账时间")).value_or(0);
  out.channel_kind = word(direction, kind);
  lines_.push_back(std::move(out));
  return true;
}

bool BillFile::totals(const Cells& cells) {
  part_ = Part::over;
  if (cells.size() != total_columns_.size()) return fail("the totals have another size");
  // A total that the bill does not have proves nothing; one that it has must be that of the lines.
  const auto agrees = [&](std::string_view name, int places, std::int64_t sum) {
    return !total_columns_.has(name) ||
           common::parse_signed_decimal(total_columns_.cell(cells, name), places) == sum;
  };
  const bool well =
      type_ == BillType::trade
          ? agrees("总交易单数", 0, sums_.count) &&
                agrees(total_columns_.first_of("订单总金额", "应结订单总金额"), fen_places,
                       sums_.paid) &&
                agrees(total_columns_.first_of("申请退款总金额", "退款总金额"), fen_places,
                       sums_.back) &&
                agrees("手续费总金额", fee_places, sums_.fees)
          : agrees("资金流水总笔数", 0, sums_.count) && agrees("收入笔数", 0, sums_.in_count) &&
                agrees("收入金额", fen_places, sums_.in) &&
                agrees("支出笔数", 0, sums_.out_count) && agrees("支出金额", fen_places, sums_.out);
  return well || fail("the totals are not those of the lines");
}

}  // namespace tollgate::wechat
