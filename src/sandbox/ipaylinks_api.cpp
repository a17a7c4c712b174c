// The HTTP side of both generations.
#include <utility>

#include "base/crypto.hpp"
#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "sandbox/checkout.hpp"
#include "sandbox/ipaylinks.hpp"
#include "sandbox/ipaylinks_order.hpp"
#include "sandbox/page.hpp"

namespace tollgate::sandbox {
namespace {

bool has_type(const net::Request& request, std::string_view wanted) {
  const auto type = request.headers.find("Content-Type").value_or("");
  return net::equal_ignoring_case(type.substr(0, type.find(';')), wanted);
}

/// A form, or a flat JSON object of texts; nothing for anything else.
std::optional<Fields> read_fields(const net::Request& request) {
  if (has_type(request, "application/x-www-form-urlencoded")) return parse_form(request.body);
  if (!has_type(request, "application/json")) return std::nullopt;
  const auto document = json::Document::parse(request.body);
  if (!document) return std::nullopt;
  json::Errors errors;
  json::Object object(*document, errors);
  Fields out;
  for (const auto& name : object.names())
    out.emplace_back(name,
                     object.text(name, {.min = 0, .max = 15'000, .control_characters = true}));
  if (!errors.empty()) return std::nullopt;
  return out;
}

net::Response error_page(const std::string& why) {
  return page::make(200, {"iPayLinks", "<b>iPayLinks</b>", "#0f6e6e", false},
                    page::card("!", "订单无法打开 · The order cannot be opened",
                               "<p class=\"soft\">" + page::html_escape(why) + "</p>"));
}

net::Response plain_json(int status, const Fields& fields) {
  json::Writer out;
  out.begin_object();
  for (const auto& [name, value] : fields) out.field(name, value);
  return {status, "application/json;charset=utf-8", out.end_object().take()};
}

std::string_view placing_problem(Verdict verdict) {
  switch (verdict) {
    case Verdict::paid:
      return "the order is paid";
    case Verdict::closed:
    case Verdict::expired:
      return "the order has expired";
    case Verdict::failed:
      return "the order has failed";
    case Verdict::other_parameters:
      return "the order number was used with other parameters";
    default:
      return "the ledger is full";
  }
}

/// Of the first generation and of the second.
std::string either(const Fields& fields, std::string_view first, std::string_view second) {
  std::string out = field_of(fields, first);
  return out.empty() ? field_of(fields, second) : out;
}

}  // namespace

Ipaylinks::Ipaylinks(const IpaylinksKeys& keys, Context& context)
    : Channel(context),
      keys_(keys),
      exchange_(context, {std::string(name()), true,
                          [this](const net::Request& request, const Fault& fault) {
                            return refuse(request, fault);
                          }}) {}

std::vector<net::Route> Ipaylinks::routes() {
  const auto second = [this](net::Request& request) {
    const Fields fields = read_fields(request).value_or(Fields{});
    const std::string type = field_of(fields, "transType");
    std::string target = type == "cancel" || type == "refund" ? type : "pay";
    // A question about a refund looks like one about a sale, but for the number.
    if (type == "query")
      target = context_.ledger.find_refund(std::string(name()), field_of(fields, "merchantId"),
                                           field_of(fields, "transId"))
                   ? "query_refund"
                   : "query";
    return exchange_.serve(
        std::move(target),
        [this](net::Request& r, const std::optional<Fault>& fault) { return call(r, fault); },
        request);
  };
  return {exchange_.route(net::Method::post, "/webgate/ipayapi.htm", "pay",
                          [this](net::Request& r, const std::optional<Fault>& fault) {
                            return open_page(r, fault);
                          }),
          {net::Method::post, "/mapi/OpenAPI.do", "", second}};
}

net::Response Ipaylinks::no_route(const net::Request& request, Errc why) {
  const int status = why == Errc::method_not_allowed ? 405 : 404;
  Outcome outcome{{status, "text/plain", "not found\n"}, "", "no such path", ""};
  exchange_.record(request, outcome);
  return outcome.response;
}

std::string Ipaylinks::signature_problem(const Fields& fields,
                                         const IpaylinksMerchant& merchant) const {
  const auto name = ipaylinks_sign_name(merchant.generation);
  const std::string wanted = ipaylinks_signature(ipaylinks_trimmed(fields), name, merchant.pkey,
                                                 switches(merchant.id).tail);
  return equal_constant_time(wanted, field_of(fields, name)) ? "" : "the signature does not hold";
}

net::Response Ipaylinks::signed_answer(Fields fields, const IpaylinksMerchant& merchant,
                                       const std::optional<Fault>& fault) const {
  const auto name = ipaylinks_sign_name(merchant.generation);
  std::string signature =
      ipaylinks_signature(fields, name, merchant.pkey, switches(merchant.id).tail);
  if (is(fault, FaultKind::bad_signature)) signature[0] = signature[0] == 'a' ? 'b' : 'a';
  if (!is(fault, FaultKind::no_signature)) fields.emplace_back(name, signature);
  net::Response response = plain_json(200, fields);
  if (is(fault, FaultKind::garbage)) response.body.resize(response.body.size() / 2);
  return response;
}

net::Response Ipaylinks::refuse(const net::Request& request, const Fault& fault) const {
  if (fault.kind == FaultKind::status) return {fault.status, "text/html", "<h1>sorry</h1>"};
  const std::string code = fault.kind == FaultKind::refuse ? fault.code : "9999";
  if (request.path.starts_with("/webgate/")) return error_page(code);
  return plain_json(200, {{"respCode", code}, {"respMsg", "a fault that was asked for"}});
}

Outcome Ipaylinks::open_page(const net::Request& request, const std::optional<Fault>& fault) {
  const auto fields = has_type(request, "application/x-www-form-urlencoded")
                          ? parse_form(request.body)
                          : std::optional<Fields>();
  if (!fields) return {error_page("a form is needed"), "", "not a form", ""};
  const std::string id = field_of(*fields, "partnerId");
  const IpaylinksMerchant* merchant = keys_.merchant(id, 1);
  std::string wrong = ipaylinks_page_problem(*fields);
  if (wrong.empty() && !merchant) wrong = "no such partnerId";
  if (wrong.empty()) wrong = signature_problem(*fields, *merchant);
  if (wrong.empty() && field_of(*fields, "siteId") != merchant->site)
    wrong = "siteId is not registered for this partnerId";
  if (!wrong.empty()) return {error_page(wrong), id, wrong, ""};
  return place(ipaylinks_trimmed(*fields), *merchant, fault);
}

Outcome Ipaylinks::call(const net::Request& request, const std::optional<Fault>& fault) {
  const auto fields = read_fields(request);
  const auto deny = [](std::string code, const std::string& why, std::string id, std::string type) {
    return Outcome{plain_json(200, {{"respCode", std::move(code)}, {"respMsg", why}}),
                   std::move(id), why, std::move(type)};
  };
  if (!fields) return deny("2000", "a form or a flat JSON object is needed", "", "");
  const std::string id = field_of(*fields, "merchantId");
  const std::string type = field_of(*fields, "transType");
  const IpaylinksMerchant* merchant = keys_.merchant(id, 2);
  std::string wrong = ipaylinks_call_problem(*fields);
  if (wrong.empty() && !merchant) wrong = "no such merchantId";
  if (wrong.empty()) wrong = signature_problem(*fields, *merchant);
  if (wrong.empty() && type == "sale" && field_of(*fields, "carrierId") != merchant->site)
    wrong = "carrierId is not registered for this merchantId";
  if (!wrong.empty()) return deny("2001", wrong, id, type);
  if (type == "cancel") return deny("2003", "not simulated", id, type);
  Outcome outcome = type == "query"    ? query(*fields, *merchant, fault)
                    : type == "refund" ? refund(ipaylinks_trimmed(*fields), *merchant, fault)
                                       : place(ipaylinks_trimmed(*fields), *merchant, fault);
  outcome.operation = type;
  return outcome;
}

Outcome Ipaylinks::query(const Fields& fields, const IpaylinksMerchant& merchant,
                         const std::optional<Fault>& fault) const {
  const std::string number = field_of(fields, "transId");
  Distortion lie;
  if (is(fault, FaultKind::amount)) lie = {Forgery::amount, fault->amount};
  if (const auto refunded = context_.ledger.find_refund(std::string(name()), merchant.id, number)) {
    Fields facts = ipaylinks_refund_facts(*refunded, *refunded->refund(number), merchant, lie);
    return {signed_answer(std::move(facts), merchant, fault), merchant.id, "accepted", ""};
  }
  const auto trade = context_.ledger.find({std::string(name()), merchant.id, number});
  if (!trade)
    return {nothing_found(number, merchant, fault), merchant.id, "no such transaction", ""};
  Fields facts = ipaylinks_facts(*trade, merchant, context_.clock.now(), lie);
  return {signed_answer(std::move(facts), merchant, fault), merchant.id, "accepted", ""};
}

Outcome Ipaylinks::place(const Fields& fields, const IpaylinksMerchant& merchant,
                         const std::optional<Fault>& fault) {
  const auto minor =
      ipaylinks_minor(either(fields, "orderAmount", "transAmt"),
                      either(fields, "currencyCode", "currency"), merchant.generation);
  if (!minor) {
    const std::string why = "the amount does not fit the currency";
    return {error_page(why), merchant.id, why, ""};
  }
  const Change change = context_.ledger.place(new_trade(fields, merchant, *minor));
  if (change.verdict != Verdict::done && change.verdict != Verdict::again) {
    const std::string why(placing_problem(change.verdict));
    return {error_page(why), merchant.id, why, ""};
  }
  net::Response response;
  response.status = 302;
  response.headers.set("Location", std::string(Checkout::path) + change.trade.handle);
  response.headers.set("Cache-Control", "no-store");
  if (is(fault, FaultKind::garbage)) response = {200, "text/html", "<html><bo"};
  return {std::move(response), merchant.id, "accepted", ""};
}

Trade Ipaylinks::new_trade(const Fields& fields, const IpaylinksMerchant& merchant,
                           std::int64_t minor) const {
  const TimeMs now = context_.clock.now();
  auto details = std::make_shared<IpaylinksDetails>();
  details->return_url = either(fields, "returnUrl", "redirectUrl");
  details->remark = either(fields, "remark", "reqReserved");
  details->channel = field_of(fields, "transChannel");
  Trade trade;
  trade.key = {std::string(name()), merchant.id, either(fields, "orderId", "transId")};
  trade.app_id = merchant.site;
  trade.trade_type = merchant.generation == 1 ? "1000" : "sale";
  trade.description = field_of(fields, "goodsName");
  trade.attach = details->remark;
  trade.notify_url = either(fields, "noticeUrl", "notifyUrl");
  trade.parameters = ipaylinks_parameters(fields);
  trade.amount = minor;
  trade.currency = either(fields, "currencyCode", "currency");
  trade.created_at = now;
  trade.expires_at = now.plus_s(default_life_s);
  if (const std::string minutes = field_of(fields, "transTimeout"); !minutes.empty())
    trade.expires_at = now.plus_s(std::stoll(minutes) * 60);
  trade.anew = merchant.generation == 2;
  trade.handle = "ipl" + context_.random.alphanumeric(20);
  trade.links["pay_url"] = context_.url.get() + std::string(Checkout::path) + trade.handle;
  trade.details = std::move(details);
  return trade;
}

}  // namespace tollgate::sandbox
