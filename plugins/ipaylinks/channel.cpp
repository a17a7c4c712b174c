#include "ipaylinks/channel.hpp"

#include <array>

#include "common/account_channel.hpp"
#include "common/encoding.hpp"
#include "ipaylinks/operations.hpp"

namespace tollgate::ipaylinks {
namespace {

using common::refuse;

constexpr std::uint32_t components =
    TG_COMPONENT(TG_OP_PAY) | TG_COMPONENT(TG_OP_QUERY) | TG_COMPONENT(TG_OP_CLOSE) |
    TG_COMPONENT(TG_OP_REFUND) | TG_COMPONENT(TG_OP_QUERY_REFUND) | TG_COMPONENT(TG_OP_CALLBACK);

constexpr std::array capabilities{
    sdk::Capability{"redirect", currencies, "iPayLinks", components, sdk::ActionType::form},
};

constexpr std::array settings{
    sdk::Setting{"generation", TG_SETTING_REQUIRED,
                 "1: webgate (ipayapi.htm, seen until 2018); 2: mapi (OpenAPI.do, since 2018)."},
    sdk::Setting{"merchant_id", TG_SETTING_REQUIRED, "The merchant number."},
    sdk::Setting{"site_id", TG_SETTING_REQUIRED, "The registered domain or app name."},
    sdk::Setting{"key", TG_SETTING_REQUIRED | TG_SETTING_SECRET, "The MD5 key."},
    sdk::Setting{"sign_tail", 0, "What stands between the signed fields and the key (&pkey=)."},
    sdk::Setting{"sign_empty", 0,
                 "drop or keep: fields without a value in the signed text (generation 1 drop, 2 "
                 "keep)."},
    sdk::Setting{"sign_trim", 0, "no or yes: white space around values is not signed (no)."},
    sdk::Setting{"sign_hex", 0, "lower or upper: the letters of the signature (lower)."},
    sdk::Setting{"encoding", 0,
                 "form or json: bodies of queries and refunds, generation 2 (form)."},
    sdk::Setting{"number_field", 0, "The field of our number (orderId, transId)."},
    sdk::Setting{"amount_field", 0, "The field of the amount (orderAmount, transAmt)."},
    sdk::Setting{"status_field", 0, "The field of the state (resultCode, status)."},
    sdk::Setting{"further_fields", 0,
                 "Names, joined by commas, that answers and notices may have beside the documented "
                 "ones."},
    sdk::Setting{"decimals", 0,
                 "Decimals of amounts where iPayLinks confirmed them, as in JPY=0,KRW=0."},
    sdk::Setting{"access_type", 0,
                 "accessType of the payment page, generation 2 (not known: not sent)."},
    sdk::Setting{"mcc", 0, "Merchant category code, generation 1 (4000)."},
    sdk::Setting{"language", 0, "Language of the page, generation 1: en or cn (en)."},
    sdk::Setting{"utc_offset", 0, "Hours east of UTC of the gateway's clock (8)."},
    sdk::Setting{"ack_body", 0, "What a notice is acknowledged with (OK)."},
};

/// An optional setting that must be one of two words.
bool choose(const common::Settings& values, std::string_view name, std::string_view no,
            std::string_view yes, bool by_default) {
  if (!values.has(name)) return by_default;
  const std::string& value = values.text(name);
  if (value != no && value != yes)
    refuse(name, "must be " + std::string(no) + " or " + std::string(yes));
  return value == yes;
}

std::string token_or(const common::Settings& values, std::string_view name,
                     const std::string& by_default, std::string_view also = {}) {
  return values.has(name) ? values.token(name, 64, also) : by_default;
}

/// Printable ASCII.
std::string plain_or(const common::Settings& values, std::string_view name,
                     std::string by_default) {
  if (!values.has(name)) return by_default;
  for (const char c : values.text(name))
    if (c < ' ' || c > '~' || c == '"' || values.text(name).size() > 64)
      refuse(name, "has characters or a length that cannot be right");
  return values.text(name);
}

Names names_of(const common::Settings& values, bool mapi) {
  return {mapi ? "merchantId" : "partnerId",
          token_or(values, "number_field", mapi ? "transId" : "orderId"),
          token_or(values, "amount_field", mapi ? "transAmt" : "orderAmount"),
          mapi ? "currency" : "currencyCode",
          mapi ? "orderId" : "dealId",
          token_or(values, "status_field", mapi ? "status" : "resultCode")};
}

std::set<std::string, std::less<>> known_fields(const common::Settings& values, const Names& names,
                                                bool mapi) {
  std::set<std::string, std::less<>> known{names.merchant, names.number, names.amount,
                                           names.currency, names.trade,  names.status};
  if (mapi)
    known.merge(std::set<std::string, std::less<>>{
        "version", "transType", "charset", "notifyUrl", "reqReserved", "reserved", "signType",
        "sign", "respCode", "respMsg", "completeTime", "settleCurrency", "transChannel",
        "payMethod", "riskResult", "threeDSResult", "threeDsResult", "payMethodResp",
        "origTransId"});
  else
    known.merge(std::set<std::string, std::less<>>{
        "resultMsg", "settlementCurrencyCode", "merchantBillName", "acquiringTime", "completeTime",
        "remark", "language", "settlementRates", "rates", "charset", "signType", "signMsg"});
  std::string_view list = values.text("further_fields");
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (!common::is_token(list.substr(0, end), 64, "_"))
      refuse("further_fields", "must be names joined by commas");
    known.emplace(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return known;
}

Amounts amounts_of(const common::Settings& values, bool mapi) {
  if (!values.has("decimals")) return {!mapi, {}};
  auto given = parse_decimals(values.text("decimals"));
  if (!given) refuse("decimals", "must be a list as in JPY=0,KRW=0 of offered currencies");
  return {!mapi, *std::move(given)};
}

int utc_offset_of(const common::Settings& values) {
  if (!values.has("utc_offset")) return 8;
  std::string_view text = values.text("utc_offset");
  const bool west = text.starts_with('-');
  if (west) text.remove_prefix(1);
  const auto hours = common::parse_digits(text);
  if (!hours || *hours > 14) refuse("utc_offset", "must be whole hours from -14 to 14");
  return static_cast<int>(west ? -*hours : *hours);
}

Account make_account(const sdk::ChannelConfig& config) {
  const common::Settings values(config.settings_json, settings);
  const common::Gateway gateway = common::parse_gateway(config.gateway);
  const bool mapi = choose(values, "generation", "1", "2", false);
  const std::string path = mapi ? "/mapi/OpenAPI.do" : "/webgate/ipayapi.htm";
  const bool whole = gateway.path.ends_with(".do") || gateway.path.ends_with(".htm");
  const Names names = names_of(values, mapi);
  Rule rule;
  rule.field = mapi ? "sign" : "signMsg";
  rule.tail = plain_or(values, "sign_tail", "&pkey=");
  rule.keep_empty = choose(values, "sign_empty", "drop", "keep", mapi);
  rule.trim = choose(values, "sign_trim", "no", "yes", false);
  rule.upper = choose(values, "sign_hex", "lower", "upper", false);
  return {mapi ? Generation::mapi : Generation::webgate,
          gateway.origin + gateway.path + (whole ? "" : path),
          values.token("merchant_id", 32),
          values.text("merchant_id"),
          values.token("site_id", 255, ".-_:/"),
          names,
          amounts_of(values, mapi),
          Signer(std::move(rule), values.token("key", 256, "+/=-_.")),
          token_or(values, "access_type", "", "_-"),
          token_or(values, "mcc", "4000"),
          token_or(values, "language", "en"),
          plain_or(values, "ack_body", "OK"),
          choose(values, "encoding", "form", "json", false),
          utc_offset_of(values),
          known_fields(values, names, mapi)};
}

constexpr std::array operations{
    common::OperationOf<Account>{sdk::OperationKind::pay, make_pay},
    common::OperationOf<Account>{sdk::OperationKind::query, make_query},
    common::OperationOf<Account>{sdk::OperationKind::close, make_close},
    common::OperationOf<Account>{sdk::OperationKind::refund, make_refund},
    common::OperationOf<Account>{sdk::OperationKind::query_refund, make_query_refund},
};

std::unique_ptr<sdk::Channel> make(sdk::ChannelConfig config) {
  return std::make_unique<common::AccountChannel<Account>>(config, make_account, operations,
                                                           make_callback);
}

}  // namespace

const sdk::Descriptor& describe() {
  static const sdk::Descriptor descriptor{"ipaylinks",  "1.0.0",  "iPayLinks",
                                          capabilities, settings, &make};
  return descriptor;
}

}  // namespace tollgate::ipaylinks
