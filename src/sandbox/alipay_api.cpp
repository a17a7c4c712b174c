// What merchants and their buyers' browsers ask of the gateway.
#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "sandbox/alipay.hpp"
#include "sandbox/checkout.hpp"
#include "sandbox/page.hpp"

namespace tollgate::sandbox {
namespace {

net::Response json_response(int status, std::string body, Random& random) {
  net::Response response(status, "application/json;charset=utf-8", std::move(body));
  response.headers.set("trace_id", random.alphanumeric(32));
  return response;
}

std::string node_name(std::string method) {
  std::ranges::replace(method, '.', '_');
  return method + "_response";
}

net::Response error_page(const AlipayError& error) {
  const std::string more = "<p class=\"soft\">" + page::html_escape(error.sub_code) + "</p><p>" +
                           page::html_escape(error.sub_msg) + "</p>";
  return page::make(200, {"Alipay", "<b>支付宝 · Alipay</b>", "#0b5ed7", false},
                    page::card("!", "抱歉，出错了 · The order cannot be opened", more));
}

std::string verdict_of(const AlipayError& error) {
  return error.sub_code + (error.sub_msg.empty() ? "" : ": " + error.sub_msg);
}

std::string code_for(std::string_view sub_code) {
  if (sub_code.starts_with("isp.") || sub_code.starts_with("aop.")) return "20000";
  if (sub_code.starts_with("isv.missing")) return "40001";
  return sub_code.starts_with("isv.") ? "40002" : "40004";
}

AlipayError placing_error(Verdict verdict) {
  switch (verdict) {
    case Verdict::paid:
      return business_failure("ACQ.TRADE_HAS_SUCCESS", "交易已被支付");
    case Verdict::closed:
    case Verdict::expired:
      return business_failure("ACQ.TRADE_HAS_CLOSE", "交易已经关闭");
    case Verdict::other_parameters:
      return business_failure("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改");
    default:
      return business_failure("ACQ.SYSTEM_ERROR", "the ledger is full");
  }
}

std::string member(std::string_view name, std::string_view value) {
  return json::quote(name) + ":" + json::quote(value);
}

}  // namespace

const std::array<Alipay::Operation, 11> Alipay::operations{{
    {"alipay.trade.page.pay", "pay", nullptr},
    {"alipay.trade.wap.pay", "pay", nullptr},
    {"alipay.trade.app.pay", "pay", nullptr},
    {"alipay.trade.precreate", "pay", &Alipay::precreate},
    {"alipay.trade.query", "query", &Alipay::query},
    {"alipay.trade.close", "close", &Alipay::close},
    {"alipay.trade.cancel", "cancel", &Alipay::cancel},
    {"alipay.trade.refund", "refund", &Alipay::refund},
    {"alipay.trade.fastpay.refund.query", "query_refund", &Alipay::query_refund},
    {"alipay.data.dataservice.bill.downloadurl.query", "bill", &Alipay::bill_link},
    {"alipay.open.app.alipaycert.download", "certificates", &Alipay::download_certificate},
}};

const Alipay::Operation* Alipay::operation(std::string_view method) {
  const auto at = std::ranges::find(operations, method, &Operation::method);
  return at == operations.end() ? nullptr : &*at;
}

std::vector<net::Route> Alipay::routes() {
  const auto handler = [this](net::Request& request) {
    Fields fields = parse_form(request.query).value_or(Fields{});
    const Fields body = parse_form(request.body).value_or(Fields{});
    fields.insert(fields.end(), body.begin(), body.end());
    const Operation* wanted = operation(field_of(fields, "method"));
    const Exchange::Act acting = [this](net::Request& r, const std::optional<Fault>& fault) {
      return act(r, fault);
    };
    return exchange_.serve(std::string(wanted ? wanted->target : "pay"), acting, request);
  };
  return {{net::Method::get, "/gateway.do", "", handler},
          {net::Method::post, "/gateway.do", "", handler},
          exchange_.route(net::Method::get, "/downloadBillFile.resource", "bill_file",
                          [this](net::Request& request, const std::optional<Fault>&) {
                            return bill_file(request);
                          })};
}

Outcome Alipay::act(net::Request& request, const std::optional<Fault>& fault) {
  const AlipayCall call = gateway_.read(request);
  const Operation* wanted = operation(call.method);
  std::optional<AlipayError> error = call.error;
  const bool named = !call.method.empty();
  if (named && !wanted) error = invalid_parameter("method", "不存在的方法名");
  const std::string mch_id = call.app ? call.app->seller_id : "";
  if (error) {
    const bool browser = wanted && !wanted->service;
    net::Response response =
        browser ? error_page(*error)
                : json_response(200,
                                alipay_unsigned_answer("error_response", alipay_error_node(*error)),
                                context_.random);
    return {std::move(response), mch_id, verdict_of(*error), call.method};
  }
  Outcome outcome = wanted->service ? serve(call, *wanted, fault) : show_cashier(call, fault);
  outcome.mch_id = mch_id;
  outcome.operation = call.method;
  return outcome;
}

Outcome Alipay::serve(const AlipayCall& call, const Operation& operation,
                      const std::optional<Fault>& fault) {
  const Reply reply = (this->*operation.service)(call, fault);
  const std::string node =
      reply.error ? alipay_error_node(*reply.error) : alipay_node(reply.members);
  const std::string name = node_name(call.method);
  const AlipaySignerPtr signer = keys_.signer(*call.app);
  std::string body = alipay_answer(name, node, *signer, is(fault, FaultKind::bad_signature));
  if (is(fault, FaultKind::no_signature)) body = alipay_unsigned_answer(name, node);
  if (is(fault, FaultKind::garbage)) body.resize(body.size() / 2);
  return {json_response(200, std::move(body), context_.random), "",
          reply.error ? verdict_of(*reply.error) : "accepted", ""};
}

Outcome Alipay::show_cashier(const AlipayCall& call, const std::optional<Fault>& fault) {
  const Placed placed = place(call);
  if (placed.error) return {error_page(*placed.error), "", verdict_of(*placed.error), ""};
  net::Response response;
  response.status = 302;
  response.headers.set("Location", std::string(Checkout::path) + placed.trade->handle);
  response.headers.set("Cache-Control", "no-store");
  if (is(fault, FaultKind::garbage)) response = {200, "text/html", "<html><bo"};
  return {std::move(response), "", "accepted", ""};
}

net::Response Alipay::refuse(const net::Request& request, const Fault& fault) const {
  if (fault.kind == FaultKind::status) return {fault.status, "text/html", "<h1>sorry</h1>"};
  AlipayError error{"40005", "isv.app-call-limited", "应用调用次数超限"};
  if (fault.kind == FaultKind::refuse)
    error = {code_for(fault.code), fault.code, "a fault that was asked for"};
  const AlipayCall call = gateway_.read(request);
  const Operation* wanted = operation(call.method);
  if (wanted && !wanted->service) return error_page(error);
  const std::string node = alipay_error_node(error);
  if (!call.authentic)
    return json_response(200, alipay_unsigned_answer("error_response", node), context_.random);
  return json_response(200,
                       alipay_answer(node_name(call.method), node, *keys_.signer(*call.app), false),
                       context_.random);
}

Alipay::Placed Alipay::place(const AlipayCall& call) {
  const AlipayProduct product = *alipay_product(call.method);
  const std::string notify_url = call.param("notify_url");
  const std::string return_url = call.param("return_url");
  if (!notify_url.empty())
    if (const auto what = alipay_url_problem(notify_url, false); !what.empty())
      return {{}, business_failure("ACQ.INVALID_PARAMETER", "参数无效: notify_url " + what)};
  if (!return_url.empty())
    if (const auto what = alipay_url_problem(return_url, true); !what.empty())
      return {{}, business_failure("ACQ.INVALID_PARAMETER", "参数无效: return_url " + what)};
  if (call.param("biz_content").empty()) return {{}, missing_parameter("biz_content")};
  auto read = read_alipay_order(product, call.param("biz_content"), context_.clock.now());
  if (read.error) return {{}, read.error};
  if (!read.order.seller_id.empty() && read.order.seller_id != call.app->seller_id)
    return {{}, business_failure("ACQ.PARTNER_ERROR", "应用APP_ID与卖家不匹配")};
  const Change change = context_.ledger.place(new_trade(call, read.order));
  if (change.verdict != Verdict::done && change.verdict != Verdict::again)
    return {{}, placing_error(change.verdict)};
  return {change.trade, {}};
}

Trade Alipay::new_trade(const AlipayCall& call, const AlipayOrder& order) const {
  const AlipayProduct product = *alipay_product(call.method);
  const TimeMs now = context_.clock.now();
  auto details = std::make_shared<AlipayDetails>();
  details->body = order.body;
  details->quit_url = order.quit_url;
  details->return_url = call.param("return_url");
  details->method = call.method;
  Trade trade;
  trade.key = {std::string(name()), call.app->seller_id, order.out_trade_no};
  trade.app_id = call.app->app_id;
  trade.trade_type = call.method;
  trade.description = order.subject;
  trade.attach = order.passback_params;
  trade.notify_url = call.param("notify_url");
  trade.parameters = call.method + order.parameters;
  trade.amount = order.total_fen;
  trade.currency = "CNY";
  trade.created_at = now;
  trade.expires_at = order.expires_at;
  trade.transaction_id =
      alipay_time(now).substr(0, 4) + alipay_time(now).substr(5, 2) +
      alipay_time(now).substr(8, 2) + "2200140" +
      std::to_string(1'000'000'000'000 + context_.random.below(8'999'999'999'999));
  trade.details = std::move(details);
  const std::string token = context_.random.alphanumeric(16);
  if (product == AlipayProduct::qr) {
    trade.opened = false;
    trade.handle = "https://qr.alipay.com/bax" + token;
    trade.links["qr_code"] = trade.handle;
  } else {
    trade.handle = "ali" + token;
    if (product != AlipayProduct::app)
      trade.links["pay_url"] = context_.url.get() + std::string(Checkout::path) + trade.handle;
  }
  return trade;
}

Alipay::Placed Alipay::named_trade(const AlipayCall& call) const {
  if (call.param("biz_content").empty()) return {{}, missing_parameter("biz_content")};
  const auto wanted = read_alipay_trade_name(call.param("biz_content"), call.method);
  return found_trade(call, wanted);
}

Alipay::Placed Alipay::found_trade(const AlipayCall& call, const AlipayTradeName& wanted) const {
  if (wanted.error) return {{}, wanted.error};
  auto trade =
      wanted.trade_no.empty()
          ? context_.ledger.find({std::string(name()), call.app->seller_id, wanted.out_trade_no})
          : context_.ledger.find_transaction(wanted.trade_no);
  const bool ours = trade && trade->key.channel == name() &&
                    trade->key.mch_id == call.app->seller_id && trade->opened;
  if (!ours) return {{}, business_failure("ACQ.TRADE_NOT_EXIST", "交易不存在")};
  return {std::move(trade), {}};
}

Alipay::Reply Alipay::precreate(const AlipayCall& call, const std::optional<Fault>&) {
  if (!call.param("return_url").empty())
    return {"", invalid_parameter("return_url", "this method has no page")};
  const Placed placed = place(call);
  if (placed.error) return {"", placed.error};
  return {member("out_trade_no", placed.trade->key.out_trade_no) + "," +
              member("qr_code", placed.trade->link("qr_code")),
          {}};
}

Alipay::Reply Alipay::query(const AlipayCall& call, const std::optional<Fault>& fault) {
  const Placed found = named_trade(call);
  if (found.error) return {"", found.error};
  std::optional<std::int64_t> lie;
  if (is(fault, FaultKind::amount)) lie = fault->amount.value_or(found.trade->paid_amount + 1);
  return {alipay_query_members(*found.trade, context_.clock.now(), lie), {}};
}

Alipay::Reply Alipay::close(const AlipayCall& call, const std::optional<Fault>&) {
  const Placed found = named_trade(call);
  if (found.error) return {"", found.error};
  const bool expired = context_.clock.now() >= found.trade->expires_at;
  const bool open = found.trade->state == TradeState::notpay && !expired;
  if (!open || channel_closes(*found.trade).verdict != Verdict::done)
    return {"", business_failure("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")};
  return {member("trade_no", found.trade->transaction_id) + "," +
              member("out_trade_no", found.trade->key.out_trade_no),
          {}};
}

Alipay::Reply Alipay::cancel(const AlipayCall& call, const std::optional<Fault>&) {
  const Placed found = named_trade(call);
  if (found.error) return {"", found.error};
  const Trade& trade = *found.trade;
  if (trade.trade_type != "alipay.trade.precreate")
    return {"", business_failure("ACQ.TRADE_STATUS_ERROR", "该交易不支持撤销")};
  std::string action = "close";
  const TimeMs now = context_.clock.now();
  if (trade.state == TradeState::success) {
    if (trade.paid_at.plus_s(cancel_window_s) < now)
      return {"", business_failure("ACQ.TRADE_STATUS_ERROR", "超过可撤销时间")};
    action = "refund";
    const Change change = context_.ledger.refund(
        trade.key, {trade.key.out_trade_no, trade.paid_amount - trade.refunded(), "SUCCESS", now},
        Told{new_notice_id(), "TRADE_CLOSED"});
    if (change.verdict == Verdict::done) announce(change.trade);
  } else {
    channel_closes(trade);
  }
  return {member("trade_no", trade.transaction_id) + "," +
              member("out_trade_no", trade.key.out_trade_no) + "," + member("retry_flag", "N") +
              "," + member("action", action),
          {}};
}

Alipay::Reply Alipay::download_certificate(const AlipayCall& call, const std::optional<Fault>&) {
  const std::string biz = call.param("biz_content");
  auto document = json::Document::parse(biz);
  if (!document) return {"", business_failure("INVALID_PARAMETER", "biz_content is not JSON")};
  json::Errors errors;
  json::Object body(*document, errors);
  const std::string wanted = body.text("alipay_cert_sn", {.max = 64});
  body.finish();
  const AlipaySignerPtr signer = keys_.certificate(wanted);
  if (!errors.empty() || !signer)
    return {"", business_failure("INVALID_PARAMETER", "no such alipay_cert_sn")};
  return {member("alipay_cert_content", base64_encode(signer->cert)), {}};
}

}  // namespace tollgate::sandbox
