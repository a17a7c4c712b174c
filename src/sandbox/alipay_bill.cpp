// Bills (alipay.md section 3.6): a link that lives for 30 s, and under it a zip archive of tables
// in GBK.
#include <algorithm>
#include <utility>

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "sandbox/alipay.hpp"
#include "sandbox/archive.hpp"
#include "sandbox/gbk.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::int64_t china_offset_h = 8;
constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t link_life_s = 30;

constexpr std::string_view detail_header =
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,"
    "对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,"
    "商家优惠（元）,"
    "券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/"
    "请求号,服务费（元）,分润（元）,"
    "备注";
constexpr std::string_view summary_header =
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,"
    "支付宝优惠（元）,"
    "商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）";
constexpr std::string_view line_end = "\r\n";
constexpr std::string_view tab = "\t";

struct Sums {
  std::int64_t paid_count = 0, paid = 0, back_count = 0, back = 0, fees = 0;

  explicit Sums(const std::vector<BillEntry>& entries) {
    for (const auto& entry : entries) {
      ++(entry.refund ? back_count : paid_count);
      (entry.refund ? back : paid) += entry.amount;
      fees += entry.fee;
    }
  }
};

/// "2026年01月01日 00:00:00"
std::string spelled(TimeMs at) {
  const std::string text = alipay_time(at);
  return text.substr(0, 4) + "年" + text.substr(5, 2) + "月" + text.substr(8, 2) + "日 " +
         text.substr(11);
}

std::string line(std::string_view text) {
  return std::string(text).append(line_end);
}

std::string preface(std::string_view title, const std::string& seller_id, TimeMs day) {
  return line("#支付宝业务" + std::string(title) + "查询") +
         line("#账号：[" + seller_id + "0156]") +
         line("#起始日期：[" + spelled(day) + "]   终止日期：[" + spelled(day.plus_s(day_s)) + "]");
}

std::string detail_line(const BillEntry& entry) {
  const std::string amount = bill_yuan(entry.refund ? -entry.amount : entry.amount);
  std::string out = entry.transaction_id;
  const auto cell = [&out](std::string_view text) { out.append(",").append(text); };
  out.append(tab);
  cell(entry.out_trade_no + std::string(tab));
  cell(entry.refund ? "退款" : "交易");
  cell(bill_text(entry.description));
  cell(alipay_time(entry.created_at));
  cell(alipay_time(entry.at));
  for (int i = 0; i < 4; ++i) cell(tab);  // shop and till
  cell(bill_text(entry.payer) + std::string(tab));
  cell(amount);
  cell(amount);
  for (int i = 0; i < 5; ++i) cell("0.00");  // gifts and vouchers
  cell("");
  cell("0.00");
  cell("0.00");
  cell(entry.refund ? entry.out_refund_no + std::string(tab) : std::string(tab));
  cell(bill_yuan(-entry.fee));
  cell("0.00");
  cell("");
  return line(out);
}

std::string detail(const std::vector<BillEntry>& entries, const std::string& seller_id, TimeMs day,
                   TimeMs now) {
  const Sums sums(entries);
  constexpr std::string_view rule = "-----------------------------------------";
  std::string out = preface("明细", seller_id, day);
  out += line("#" + std::string(rule) + "业务明细列表" + std::string(rule).substr(1));
  out += line(detail_header);
  for (const auto& entry : entries) out += detail_line(entry);
  out += line("#" + std::string(rule) + "业务明细列表结束" + std::string(rule).substr(5));
  out += line("#交易合计：" + std::to_string(sums.paid_count) + "笔，商家实收共" +
              bill_yuan(sums.paid) + "元，商家优惠共0.00元");
  out += line("#退款合计：" + std::to_string(sums.back_count) + "笔，商家实收退款共" +
              bill_yuan(-sums.back) + "元，商家优惠退款共0.00元");
  return out + line("#导出时间：[" + spelled(now) + "]");
}

std::string summary(const std::vector<BillEntry>& entries, const std::string& seller_id, TimeMs day,
                    TimeMs now) {
  const Sums sums(entries);
  const std::string net = bill_yuan(sums.paid - sums.back);
  std::string out = preface("汇总", seller_id, day);
  out += line("#-----------------------------------------业务汇总列表----------------------");
  out += line(summary_header);
  out += line("合计" + std::string(tab) + ",," + std::to_string(sums.paid_count) + "," +
              std::to_string(sums.back_count) + "," + net + "," + net + ",0.00,0.00,0.00," +
              bill_yuan(-sums.fees) + ",0.00," + bill_yuan(sums.paid - sums.back - sums.fees));
  out += line("#-----------------------------------------业务汇总列表结束------------------");
  return out + line("#导出时间：[" + spelled(now) + "]");
}

/// The day that is asked for, or why it cannot be.
struct Wanted {
  TimeMs day;
  std::string date;
  std::optional<AlipayError> error;

  explicit Wanted(const std::string& biz_content) {
    const auto document = json::Document::parse(biz_content);
    if (!document) {
      error = invalid_parameter("biz_content", "is not JSON");
      return;
    }
    json::Errors errors;
    json::Object body(*document, errors);
    const std::string type = body.text("bill_type");
    date = body.text("bill_date");
    body.finish();
    const auto at = midnight(date, china_offset_h);
    if (!errors.empty() || !at)
      error = business_failure("isv.invalid-arguments", "bill_type and bill_date (yyyy-MM-dd)");
    else if (type != "trade")
      error = business_failure("isv.invalid-arguments", "bill_type: only trade is played here");
    day = at.value_or(TimeMs{});
  }
};

}  // namespace

Alipay::Reply Alipay::bill_link(const AlipayCall& call, const std::optional<Fault>& fault) {
  if (call.param("biz_content").empty()) return {"", missing_parameter("biz_content")};
  const Wanted wanted(call.param("biz_content"));
  if (wanted.error) return {"", wanted.error};
  const std::string& seller_id = call.app->seller_id;
  const TimeMs now = context_.clock.now();
  auto entries = context_.bills.entries({std::string(name()), seller_id}, wanted.day,
                                        wanted.day.plus_s(day_s), fault, context_.random);
  std::erase_if(entries,
                [](const BillEntry& entry) { return entry.refund && entry.status != "SUCCESS"; });
  if (is(fault, FaultKind::not_ready) || entries.empty() || !context_.bills.ready(wanted.day, now))
    return {"", business_failure("isp.bill_not_exist", "账单不存在")};
  std::string stem = seller_id + "0156_" + wanted.date + "_";
  std::erase(stem, '-');
  std::string archive = zip(
      {{to_gbk(stem + "业务明细.csv"), to_gbk(detail(entries, seller_id, wanted.day, now))},
       {to_gbk(stem + "业务明细(汇总).csv"), to_gbk(summary(entries, seller_id, wanted.day, now))}},
      is(fault, FaultKind::wrong_hash));
  if (is(fault, FaultKind::truncated)) archive.resize(archive.size() / 2);
  const std::string token =
      shelf_.put("", std::move(archive), now.plus_s(link_life_s), context_.random);
  const std::string url = context_.url.get() +
                          "/downloadBillFile.resource?bizType=trade&userId=" + seller_id +
                          "0156&fileType=csv.zip&bizDates=" + wanted.date + "&token=" + token;
  return {json::quote("bill_download_url") + ":" + json::quote(url), {}};
}

Outcome Alipay::bill_file(const net::Request& request) const {
  const auto file = shelf_.get(request.query_param("token").value_or(""), "", context_.clock.now());
  if (!file) return {{403, "text/html", "<h1>expired</h1>"}, "", "no such file", ""};
  return {{200, "application/zip", *file}, "", "accepted", ""};
}

}  // namespace tollgate::sandbox
