#include "sandbox/ipaylinks_order.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <span>

#include "base/utf8.hpp"

namespace tollgate::sandbox {
namespace {

struct Rule {
  std::string_view name;
  std::size_t max;  ///< Characters.
  bool required = false;
  std::string_view only = {};  ///< The values that are allowed, parted by "|"; any where empty.
};

constexpr Rule page_rules[]{
    {"version", 3, true, "1.0|1.1"},
    {"orderId", 64, true},
    {"goodsName", 256, true},
    {"goodsDesc", 2000, true},
    {"submitTime", 14, true},
    {"customerIP", 45, true},
    {"siteId", 256, true},
    {"orderAmount", 14, true},
    {"currencyCode", 3, true},
    {"settlementCurrencyCode", 3},
    {"tradeType", 4, true, "1000"},
    {"payType", 3, true, "EDC|DCC"},
    {"payMode", 2, true, "10"},
    {"borrowingMarked", 1, true, "0"},
    {"noticeUrl", 512, true},
    {"returnUrl", 512},
    {"directFlag", 1, false, "0"},
    {"language", 2, false, "cn|en"},
    {"orderTerminal", 2, false, "00|01"},
    {"cardLimit", 64},
    {"partnerId", 11, true},
    {"mcc", 4, true},
    {"deviceFingerprintId", 128},
    {"remark", 512},
    {"charset", 1, true, "1"},
    {"signType", 1, true, "2"},
    {"signMsg", 32, true},
    {"billFirstName", 64},
    {"billLastName", 64},
    {"billAddress", 256},
    {"billEmail", 128},
    {"billPhoneNumber", 32},
    {"billPostalCode", 16},
    {"billCity", 64},
    {"billState", 64},
    {"billCountryCode", 3},
    {"shippingFirstName", 64},
    {"shippingLastName", 64},
    {"shippingAddress", 256},
    {"shippingMail", 128},
    {"shippingPhoneNumber", 32},
    {"shippingPostalCode", 16},
    {"shippingCity", 64},
    {"shippingState", 64},
    {"shippingCountryCode", 3},
};

constexpr Rule common_rules[]{
    {"version", 3, true, "2.0"},   {"merchantId", 16, true},
    {"transId", 64, true},         {"transType", 18, true, "sale|query|refund|cancel"},
    {"charset", 5, true, "utf-8"}, {"notifyUrl", 512},
    {"reqReserved", 1024},         {"reserved", 2048},
    {"signType", 4, true, "MD5"},  {"sign", 256, true},
};
constexpr Rule sale_rules[]{
    {"accessType", 16},
    {"transChannel", 20},
    {"payMethod", 20, false, "normal|3d|judgement"},
    {"threeDSType", 3, false, "1.0|2.0"},
    {"deviceChannel", 7, false, "app|browser"},
    {"transTimeout", 6},
    {"carrierId", 256, true},
    {"currency", 3, true},
    {"transAmt", 12, true},
    {"settleCurrency", 3},
    {"subAccountData", 1024},
    {"goodsName", 256, true},
    {"goodsInfo", 2000},
    {"payMethodInfo", 4000},
    {"riskInfo", 15000},
    {"dcc", 64},
    {"redirectUrl", 512},
    {"terminalType", 16},
};
constexpr Rule change_rules[]{{"origTransId", 64, true}, {"transAmt", 12, true}};

bool one_of(std::string_view list, std::string_view value) {
  while (true) {
    const auto bar = list.find('|');
    if (list.substr(0, bar) == value) return true;
    if (bar == std::string_view::npos) return false;
    list.remove_prefix(bar + 1);
  }
}

std::string rule_problem(const Fields& fields, const Rule& rule) {
  const std::string value = field_of(fields, rule.name);
  const std::string name(rule.name);
  if (value.empty()) return rule.required ? name + " is missing" : "";
  if (!is_valid_utf8(value)) return name + " is not UTF-8";
  if (utf8_length(value) > rule.max) return name + " is too long";
  if (!rule.only.empty() && !one_of(rule.only, value))
    return name + " must be " + std::string(rule.only);
  return "";
}

std::string problem(const Fields& fields, std::initializer_list<std::span<const Rule>> tables) {
  if (const auto twice = doubled(fields); !twice.empty()) return twice + " stands twice";
  for (const auto& [name, value] : fields) {
    const bool known = std::ranges::any_of(tables, [&](const auto table) {
      return std::ranges::find(table, name, &Rule::name) != table.end();
    });
    if (!known) return name + " is not a known field";
  }
  for (const auto table : tables)
    for (const Rule& rule : table)
      if (auto what = rule_problem(fields, rule); !what.empty()) return what;
  return "";
}

bool is_order_id(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-';
  });
}

bool is_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_web(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

}  // namespace

std::string ipaylinks_page_problem(const Fields& fields) {
  if (auto what = problem(fields, {page_rules}); !what.empty()) return what;
  if (!is_order_id(field_of(fields, "orderId"))) return "orderId must be of [0-9A-Za-z_-]";
  const std::string time = field_of(fields, "submitTime");
  if (time.size() != 14 || !is_digits(time)) return "submitTime must be yyyyMMddHHmmss";
  boost::system::error_code wrong;
  boost::asio::ip::make_address(field_of(fields, "customerIP"), wrong);
  if (wrong) return "customerIP must be an address";
  if (!is_web(field_of(fields, "noticeUrl"))) return "noticeUrl must be a web address";
  const std::string back = field_of(fields, "returnUrl");
  if (!back.empty() && !is_web(back)) return "returnUrl must be a web address";
  return "";
}

std::string ipaylinks_call_problem(const Fields& fields) {
  // The two known clients treat empty values differently, so that one may send none.
  for (const auto& [name, value] : fields)
    if (value.empty()) return name + " is empty: leave it out";
  const std::string type = field_of(fields, "transType");
  std::string what;
  if (type == "sale")
    what = problem(fields, {common_rules, sale_rules});
  else if (type == "refund" || type == "cancel")
    what = problem(fields, {common_rules, change_rules});
  else
    what = problem(fields, {common_rules});
  if (!what.empty()) return what;
  if (!is_order_id(field_of(fields, "transId"))) return "transId must be of [0-9A-Za-z_-]";
  if (field_of(fields, "accessType") == "s2s" || !field_of(fields, "payMethodInfo").empty())
    return "card data from server to server are not simulated";
  const std::string minutes = field_of(fields, "transTimeout");
  if (!is_digits(minutes) || minutes.starts_with('0')) return "transTimeout must be minutes";
  for (const char* name : {"notifyUrl", "redirectUrl"})
    if (const auto url = field_of(fields, name); !url.empty() && !is_web(url))
      return std::string(name) + " must be a web address";
  return "";
}

std::string ipaylinks_parameters(const Fields& fields) {
  Fields kept;
  for (const auto& field : fields)
    if (field.first != "submitTime" && field.first != "signMsg" && field.first != "sign")
      kept.push_back(field);
  return sorted_text(kept, false);
}

Fields ipaylinks_trimmed(const Fields& fields) {
  Fields out;
  for (const auto& [name, value] : fields) {
    const auto first = value.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) continue;
    const auto last = value.find_last_not_of(" \t\r\n");
    out.emplace_back(name, value.substr(first, last - first + 1));
  }
  return out;
}

}  // namespace tollgate::sandbox
