// Bills (section 3.6): a signed link first, then the file, which bears no signature.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/json_writer.hpp"
#include "sandbox/archive.hpp"
#include "sandbox/crypto.hpp"
#include "sandbox/form.hpp"
#include "sandbox/wechat.hpp"
#include "sandbox/wechat_call.hpp"
#include "sandbox/wechat_message.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::int64_t china_offset_h = 8;
constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t kept_days = 92;
constexpr std::int64_t link_life_s = 300;
constexpr int fee_places = 5;
constexpr std::string_view line_end = "\r\n";

using Cells = std::vector<std::string>;

std::string header_line(const Cells& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ",") + name;
  return out.append(line_end);
}

std::string value_line(const Cells& values) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "`" : ",`") + value;
  return out.append(line_end);
}

std::string local_time(TimeMs at) {
  std::string text = wechat_time(at).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string rate_text(std::int64_t per_10000) {
  return bill_yuan(per_10000) + "%";
}

/// What a bill of trades is asked to hold.
enum class Kind { all, success, refund };

Cells trade_names(Kind kind) {
  Cells names{"交易时间",   "公众账号ID", "商户号",       "特约商户号", "设备号",
              "微信订单号", "商户订单号", "用户标识",     "交易类型",   "交易状态",
              "付款银行",   "货币种类",   "应结订单金额", "代金券金额"};
  const auto add = [&](const Cells& more) { names.insert(names.end(), more.begin(), more.end()); };
  if (kind == Kind::refund) add({"退款申请时间", "退款成功时间"});
  if (kind != Kind::success)
    add({"微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态"});
  add({"商品名称", "商户数据包", "手续费", "费率", "订单金额"});
  if (kind != Kind::success) add({"申请退款金额"});
  add({"费率备注"});
  return names;
}

Cells trade_values(const BillEntry& entry, Kind kind, const std::string& mch_id,
                   std::int64_t per_10000) {
  const bool refund = entry.refund;
  const bool well = entry.status == "SUCCESS";
  const std::string paid = bill_yuan(refund ? 0 : entry.amount);
  const std::string back = bill_yuan(refund ? entry.amount : 0);
  Cells values{local_time(entry.at),
               entry.app_id,
               mch_id,
               "0",
               "",
               entry.transaction_id,
               entry.out_trade_no,
               bill_text(entry.payer),
               entry.trade_type,
               refund ? "REFUND" : (well ? "SUCCESS" : "REVOKED"),
               "OTHERS",
               entry.currency,
               paid,
               "0.00"};
  const auto add = [&](const Cells& more) {
    values.insert(values.end(), more.begin(), more.end());
  };
  if (kind == Kind::refund)
    add({local_time(entry.at), well ? local_time(entry.at) : std::string()});
  if (kind != Kind::success)
    add({refund ? entry.refund_id : "0", refund ? entry.out_refund_no : "0", back, "0.00",
         refund ? "ORIGINAL" : "", refund ? (well ? "SUCCESS" : "PROCESSING") : ""});
  add({bill_text(entry.description), bill_text(entry.attach), bill_yuan(entry.fee, fee_places),
       rate_text(per_10000), paid});
  if (kind != Kind::success) add({back});
  add({""});
  return values;
}

std::string trade_totals(const std::vector<BillEntry>& entries, Kind kind) {
  std::int64_t paid = 0;
  std::int64_t back = 0;
  std::int64_t fees = 0;
  for (const auto& entry : entries) {
    (entry.refund ? back : paid) += entry.amount;
    fees += entry.fee;
  }
  const std::string count = std::to_string(entries.size());
  if (kind == Kind::success)
    return header_line({"总交易单数", "应结订单总金额", "手续费总金额", "订单总金额"}) +
           value_line({count, bill_yuan(paid), bill_yuan(fees, fee_places), bill_yuan(paid)});
  return header_line({"总交易单数", "应结订单总金额", "退款总金额", "充值券退款总金额",
                      "手续费总金额", "订单总金额", "申请退款总金额"}) +
         value_line({count, bill_yuan(paid), bill_yuan(back), "0.00", bill_yuan(fees, fee_places),
                     bill_yuan(paid), bill_yuan(back)});
}

std::string trade_text(const std::vector<BillEntry>& entries, Kind kind, const std::string& mch_id,
                       std::int64_t per_10000) {
  std::string out = header_line(trade_names(kind));
  for (const auto& entry : entries) out += value_line(trade_values(entry, kind, mch_id, per_10000));
  return out + trade_totals(entries, kind);
}

/// The basic account's movements: a payment and its fee are two, as a refund and the fee that
/// comes back with it.
class Flow {
 public:
  void add(const BillEntry& entry) {
    const auto& number = entry.refund ? entry.refund_id : entry.transaction_id;
    const auto& voucher = entry.refund ? entry.out_refund_no : entry.out_trade_no;
    const Source source{entry.at, number, voucher};
    move(source, entry.refund ? "退款" : "交易", entry.refund ? -entry.amount : entry.amount);
    if (entry.fee != 0) move(source, "扣除交易手续费", -entry.fee);
  }

  std::string text() const {
    return header_line({"记账时间", "微信支付业务单号", "资金流水单号", "业务名称", "业务类型",
                        "收支类型", "收支金额(元)", "账户结余(元)", "资金变更提交申请人", "备注",
                        "业务凭证号"}) +
           lines_ +
           header_line({"资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额"}) +
           value_line({std::to_string(in_count_ + out_count_), std::to_string(in_count_),
                       bill_yuan(in_), std::to_string(out_count_), bill_yuan(out_)});
  }

 private:
  struct Source {
    TimeMs at;
    const std::string& number;
    const std::string& voucher;
  };
  void move(const Source& source, const std::string& what, std::int64_t fen) {
    balance_ += fen;
    ++(fen > 0 ? in_count_ : out_count_);
    (fen > 0 ? in_ : out_) += fen > 0 ? fen : -fen;
    lines_ += value_line({local_time(source.at), source.number,
                          source.number + std::to_string(in_count_ + out_count_), what, what,
                          fen > 0 ? "收入" : "支出", bill_yuan(fen > 0 ? fen : -fen),
                          bill_yuan(balance_), "system", "", source.voucher});
  }

  std::string lines_;
  std::int64_t balance_ = 1'000'000;
  std::int64_t in_ = 0, out_ = 0, in_count_ = 0, out_count_ = 0;
};

/// The query's fields, each once and known; or what is wrong.
struct Query {
  Fields fields;
  std::optional<WechatError> error;

  Query(const std::string& text, const std::set<std::string, std::less<>>& known)
      : fields(parse_form(text).value_or(Fields{})) {
    for (const auto& [name, value] : fields)
      if (!known.contains(name)) error = param_error(name, "is not known", "query");
    if (const auto twice = doubled(fields); !twice.empty())
      error = param_error(twice, "stands twice", "query");
  }
  std::string of(std::string_view name, std::string_view otherwise) const {
    const std::string value = field_of(fields, name);
    return value.empty() ? std::string(otherwise) : value;
  }
  void complain(std::string_view name, std::string issue) {
    if (!error) error = param_error(std::string(name), std::move(issue), "query");
  }
};

/// The day that is asked for; the query has an error where it cannot be.
TimeMs day_of(Query& query, TimeMs now) {
  const auto told = midnight(query.of("bill_date", ""), china_offset_h);
  const TimeMs day = told.value_or(now);
  if (!told)
    query.complain("bill_date", "must be yyyy-MM-dd");
  else if (day > now)
    query.complain("bill_date", "is in the future");
  else if (day.plus_s(kept_days * day_s) < now)
    query.complain("bill_date", "is more than three months ago");
  const std::string packing = query.of("tar_type", "GZIP");
  if (packing != "GZIP") query.complain("tar_type", "must be GZIP");
  return day;
}

WechatError no_statement() {
  return wechat_refusal(400, "NO_STATEMENT_EXIST", "账单不存在");
}

}  // namespace

Wechat::Answer Wechat::trade_bill(const Call& call) {
  Query query(call.request.query, {"bill_date", "bill_type", "tar_type"});
  const auto day = day_of(query, context_.clock.now());
  const std::string type = query.of("bill_type", "ALL");
  if (type != "ALL" && type != "SUCCESS" && type != "REFUND")
    query.complain("bill_type", "must be ALL, SUCCESS or REFUND");
  if (query.error) return *query.error;
  const Kind kind = type == "ALL" ? Kind::all : type == "SUCCESS" ? Kind::success : Kind::refund;
  auto entries = context_.bills.entries({std::string(name()), call.merchant.mch_id}, day,
                                        day.plus_s(day_s), call.fault, context_.random);
  std::erase_if(entries, [&](const BillEntry& entry) {
    return (kind == Kind::success && entry.refund) || (kind == Kind::refund && !entry.refund);
  });
  const std::int64_t rate = context_.bills.policy().fee_per_10000;
  return bill_link(call, day,
                   entries.empty() ? "" : trade_text(entries, kind, call.merchant.mch_id, rate));
}

Wechat::Answer Wechat::fund_bill(const Call& call) {
  Query query(call.request.query, {"bill_date", "account_type", "tar_type"});
  const auto day = day_of(query, context_.clock.now());
  const std::string account = query.of("account_type", "BASIC");
  if (account != "BASIC" && account != "OPERATION" && account != "FEES")
    query.complain("account_type", "must be BASIC, OPERATION or FEES");
  if (query.error) return *query.error;
  const auto entries = context_.bills.entries({std::string(name()), call.merchant.mch_id}, day,
                                              day.plus_s(day_s), call.fault, context_.random);
  Flow flow;
  for (const auto& entry : entries)
    if (entry.status == "SUCCESS") flow.add(entry);
  const bool empty = entries.empty() || account != "BASIC";  // all money goes through that one
  return bill_link(call, day, empty ? "" : flow.text());
}

Wechat::Answer Wechat::bill_link(const Call& call, TimeMs day, std::string content) {
  const TimeMs now = context_.clock.now();
  if (is(call.fault, FaultKind::not_ready) || !context_.bills.ready(day, now))
    return wechat_refusal(400, "STATEMENT_CREATING", "账单生成中，请稍后重试");
  if (content.empty()) return no_statement();
  std::string hash = sha1_hex(content);
  if (is(call.fault, FaultKind::wrong_hash)) hash.front() = hash.front() == '0' ? '1' : '0';
  if (!field_of(parse_form(call.request.query).value_or(Fields{}), "tar_type").empty())
    content = gzip(content);
  if (is(call.fault, FaultKind::truncated)) content.resize(content.size() / 2);
  const std::string token = shelf_.put(call.merchant.mch_id, std::move(content),
                                       now.plus_s(link_life_s), context_.random);
  return {200,
          json::Writer()
              .begin_object()
              .field("hash_type", "SHA1")
              .field("hash_value", hash)
              .field("download_url", context_.url.get() + "/v3/billdownload/file?token=" + token)
              .end_object()
              .take()};
}

Outcome Wechat::bill_file(const net::Request& request) {
  const auto caller = auth_.check(request);
  const std::string& mch_id = caller.claimed_mch_id;
  const auto refused = [&](const WechatError& error) {
    return Outcome{bare_answer(error.status, error.body()), mch_id, error.code, ""};
  };
  if (caller.error) return refused(*caller.error);
  const auto file =
      shelf_.get(request.query_param("token").value_or(""), mch_id, context_.clock.now());
  if (!file) return refused(wechat_refusal(400, "PARAM_ERROR", "token 无效或已过期"));
  net::Response response = bare_answer(200, *file);
  response.headers.set("Content-Type", "application/octet-stream");
  return {std::move(response), mch_id, "accepted", ""};
}

}  // namespace tollgate::sandbox
