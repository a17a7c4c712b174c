// The HTTP side: endpoints, their answers, and the faults that are played on them.
#include <algorithm>
#include <utility>

#include "base/json_writer.hpp"
#include "sandbox/wechat.hpp"
#include "sandbox/wechat_call.hpp"
#include "sandbox/wechat_message.hpp"

namespace tollgate::sandbox {
std::vector<net::Route> Wechat::routes() {
  const std::string base = "/v3/pay/transactions";
  std::vector<net::Route> out;
  for (const char* method : {"native", "jsapi", "h5", "app"})
    out.push_back(route(net::Method::post, base + "/" + method, "pay", &Wechat::place));
  out.push_back(route(net::Method::get, base + "/out-trade-no/{out_trade_no}", "query",
                      &Wechat::query_number));
  out.push_back(
      route(net::Method::get, base + "/id/{transaction_id}", "query", &Wechat::query_transaction));
  out.push_back(route(net::Method::post, base + "/out-trade-no/{out_trade_no}/close", "close",
                      &Wechat::close));
  const std::string refunds = "/v3/refund/domestic/refunds";
  out.push_back(route(net::Method::post, refunds, "refund", &Wechat::refund));
  out.push_back(
      route(net::Method::get, refunds + "/{out_refund_no}", "query_refund", &Wechat::query_refund));
  out.push_back(route(net::Method::get, "/v3/certificates", "certificates", &Wechat::certificates));
  out.push_back(route(net::Method::get, "/v3/bill/tradebill", "bill", &Wechat::trade_bill));
  out.push_back(route(net::Method::get, "/v3/bill/fundflowbill", "bill", &Wechat::fund_bill));
  out.push_back(exchange_.route(
      net::Method::get, "/v3/billdownload/file", "bill_file",
      [this](net::Request& request, const std::optional<Fault>&) { return bill_file(request); }));
  for (auto& route : oauth_.routes()) out.push_back(std::move(route));
  return out;
}

net::Route Wechat::route(net::Method method, std::string pattern, std::string target,
                         Endpoint endpoint) {
  return exchange_.route(
      method, std::move(pattern), std::move(target),
      [this, endpoint](net::Request& request, const std::optional<Fault>& fault) {
        return act(endpoint, request, fault);
      });
}

Outcome Wechat::act(Endpoint endpoint, net::Request& request, const std::optional<Fault>& fault) {
  const auto caller = auth_.check(request);
  const std::string& mch_id = caller.claimed_mch_id;
  const Answer answer =
      caller.error ? Answer(*caller.error) : (this->*endpoint)({request, *caller.merchant, fault});
  return {answer_to(request, mch_id, answer, fault), mch_id, answer.verdict, ""};
}

net::Response Wechat::refuse(const Fault& fault) const {
  WechatError error = wechat_refusal(fault.status, "SYSTEM_ERROR", "系统异常，请稍后重试");
  if (fault.kind == FaultKind::frequency)
    error = wechat_refusal(429, "FREQUENCY_LIMITED", "频率超限，请降低请求频率");
  if (fault.kind == FaultKind::refuse) error.code = fault.code;
  return bare_answer(error.status, error.body());
}

net::Response Wechat::answer_to(const net::Request& request, const std::string& mch_id,
                                const Answer& answer, const std::optional<Fault>& fault) const {
  net::Response response = bare_answer(answer.status, answer.body);
  if (answer.status >= 300) return response;
  if (is(fault, FaultKind::garbage)) {
    response = bare_answer(200, R"({"code_url":"weixin://wxpay/bizpay)");
  }
  if (is(fault, FaultKind::no_signature)) return response;
  const auto wanted = request.headers.find("Wechatpay-Serial").value_or("");
  const WechatSignerPtr signer =
      wanted.starts_with("PUB_KEY_ID_") ? keys_.public_key() : keys_.certificate(mch_id);
  const std::string signed_bytes =
      is(fault, FaultKind::bad_signature) ? response.body + " " : response.body;
  wechat_stamps(*signer, context_.clock.now(), context_.random, signed_bytes)
      .add_to(response.headers);
  return response;
}

net::Response Wechat::bare_answer(int status, std::string body) const {
  net::Response response;
  response.status = status;
  response.body = std::move(body);
  if (!response.body.empty())
    response.headers.set("Content-Type", "application/json; charset=utf-8");
  response.headers.set("Request-ID", "SBX" + context_.random.alphanumeric(24));
  return response;
}

Wechat::Answer Wechat::place(const Call& call) {
  const std::string& path = call.request.path;
  const auto method = *wechat_method(path.substr(path.rfind('/') + 1));
  auto read = read_wechat_order(method, call.request.body, context_.clock.now());
  if (!call.request.query.empty()) return param_error("", "takes no query", "query");
  if (read.error) return *read.error;
  if (read.order.mch_id != call.merchant.mch_id)
    return wechat_refusal(403, "NO_AUTH", "mchid 与签名商户号不一致");
  if (read.order.app_id != call.merchant.app_id)
    return wechat_refusal(400, "APPID_MCHID_NOT_MATCH", "appid 和 mchid 不匹配");

  const Change change = context_.ledger.place(new_trade(method, read.order));
  switch (change.verdict) {
    case Verdict::done:
    case Verdict::again:
      break;
    case Verdict::paid:
      return wechat_refusal(400, "ORDERPAID", "订单已支付");
    case Verdict::closed:
      return wechat_refusal(400, "ORDER_CLOSED", "订单已关闭");
    case Verdict::expired:
      return wechat_refusal(400, "INVALID_REQUEST", "订单已过期");
    case Verdict::other_parameters:
      return wechat_refusal(403, "OUT_TRADE_NO_USED", "商户订单号重复");
    default:
      return wechat_refusal(500, "SYSTEM_ERROR", "the ledger is full");
  }
  json::Writer out;
  out.begin_object();
  if (method == WechatMethod::native)
    out.field("code_url", change.trade.link("code_url"));
  else if (method == WechatMethod::h5)
    out.field("h5_url", change.trade.link("h5_url"));
  else
    out.field("prepay_id", change.trade.link("prepay_id"));
  return {200, out.end_object().take()};
}

Trade Wechat::new_trade(WechatMethod method, const WechatOrder& order) const {
  const TimeMs now = context_.clock.now();
  Trade trade;
  trade.key = {std::string(name()), order.mch_id, order.out_trade_no};
  trade.app_id = order.app_id;
  trade.trade_type = trade_type(method);
  trade.description = order.description;
  trade.attach = order.attach;
  trade.notify_url = order.notify_url;
  trade.payer = order.openid;
  trade.parameters = order.parameters;
  trade.amount = order.total_fen;
  trade.currency = "CNY";
  trade.created_at = now;
  trade.expires_at = std::clamp(order.time_expire.value_or(now.plus_s(default_life_s)),
                                now.plus_s(min_life_s), now.plus_s(max_life_s));
  const std::string token = context_.random.alphanumeric(22);
  if (method == WechatMethod::native) {
    trade.handle = "weixin://wxpay/bizpayurl?pr=" + token;
    trade.links["code_url"] = trade.handle;
  } else if (method == WechatMethod::h5) {
    trade.handle = token;
    trade.links["h5_url"] = context_.url.get() + "/_sandbox/phone?code=" + token;
  } else {
    trade.handle = "wx" + wechat_digits(now) + token.substr(0, 20);
    trade.links["prepay_id"] = trade.handle;
  }
  return trade;
}

Wechat::Answer Wechat::query_number(const Call& call) {
  return tell(call, context_.ledger.find(
                        {std::string(name()), call.merchant.mch_id, call.request.params.front()}));
}

Wechat::Answer Wechat::query_transaction(const Call& call) {
  auto trade = context_.ledger.find_transaction(call.request.params.front());
  if (trade && trade->key.mch_id != call.merchant.mch_id) trade.reset();
  return tell(call, trade);
}

Wechat::Answer Wechat::tell(const Call& call, const std::optional<Trade>& trade) const {
  const std::string& query = call.request.query;
  if (!query.starts_with("mchid=") || query.find('&') != std::string::npos)
    return param_error("mchid", "the query must be mchid alone", "query");
  if (call.request.query_param("mchid") != call.merchant.mch_id)
    return wechat_refusal(403, "NO_AUTH", "mchid 与签名商户号不一致");
  if (!trade) return wechat_refusal(404, "ORDER_NOT_EXIST", "订单不存在");
  WechatLies lies;
  if (is(call.fault, FaultKind::amount))
    lies.amount = call.fault->amount.value_or(trade->paid_amount + 1);
  return {200, wechat_trade_json(*trade, lies)};
}

Wechat::Answer Wechat::close(const Call& call) {
  const auto read = read_wechat_close(call.request.body);
  if (read.error) return *read.error;
  if (!call.request.query.empty()) return param_error("", "takes no query", "query");
  if (read.mch_id != call.merchant.mch_id)
    return wechat_refusal(403, "NO_AUTH", "mchid 与签名商户号不一致");
  const Change change = context_.ledger.close(
      {std::string(name()), call.merchant.mch_id, call.request.params.front()});
  if (change.verdict == Verdict::unknown)
    return wechat_refusal(404, "ORDER_NOT_EXIST", "订单不存在");
  if (change.verdict == Verdict::paid) return wechat_refusal(400, "ORDERPAID", "订单已支付");
  return {204, ""};
}

Wechat::Answer Wechat::certificates(const Call& call) {
  if (!call.request.query.empty() && call.request.query != "algorithm_type=RSA")
    return param_error("algorithm_type", "must be RSA", "query");
  json::Writer out;
  out.begin_object().key("data").begin_array();
  for (const auto& signer : keys_.certificates()) {
    const std::string sealed = wechat_sealed_json(call.merchant, context_.random, "certificate", "",
                                                  signer->certificate.pem);
    out.begin_object()
        .field("serial_no", signer->serial)
        .field("effective_time", wechat_time(signer->certificate.not_before))
        .field("expire_time", wechat_time(signer->certificate.not_after))
        .raw_field("encrypt_certificate", sealed)
        .end_object();
  }
  return {200, out.end_array().end_object().take()};
}

}  // namespace tollgate::sandbox
