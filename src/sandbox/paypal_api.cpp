// The HTTP side: tokens, orders, captures, and what belongs to webhooks.
#include <algorithm>
#include <utility>

#include "base/json_reader.hpp"
#include "sandbox/paypal_call.hpp"
#include "sandbox/paypal_webhook.hpp"

namespace tollgate::sandbox {
namespace {

std::string header(const net::Request& request, std::string_view name) {
  return std::string(request.headers.find(name).value_or(""));
}

bool is_json(const net::Request& request) {
  const std::string type = header(request, "Content-Type");
  return net::equal_ignoring_case(type.substr(0, type.find(';')), "application/json");
}

PaypalError plain_error(int status) {
  PaypalError error;
  error.status = status;
  error.name = paypal_name(status);
  return error;
}

PaypalError header_error(std::string name, std::string issue, std::string why) {
  PaypalError error = paypal_schema_error(std::move(name), std::move(issue), std::move(why));
  error.location = "header";
  return error;
}

/// The issue that a negative test asks for (PayPal-Mock-Response); empty for none.
std::string mocked_issue(const net::Request& request) {
  const auto document = json::Document::parse(header(request, "PayPal-Mock-Response"));
  if (!document) return "";
  json::Errors errors;
  json::Object object(*document, errors);
  return object.optional_text("mock_application_codes").value_or("");
}

}  // namespace

Paypal::Paypal(PaypalKeys& keys, Context& context)
    : Channel(context),
      keys_(keys),
      exchange_(context, {std::string(name()), false,
                          [this](const net::Request& request, const Fault& fault) {
                            return refuse(request, fault);
                          }}),
      reports_(context) {}

std::vector<net::Route> Paypal::routes() {
  using enum net::Method;
  const std::string orders = "/v2/checkout/orders";
  const auto plain = [this](net::Method method, std::string pattern, std::string target,
                            Exchange::Act act) {
    return exchange_.route(method, std::move(pattern), std::move(target), std::move(act));
  };
  return {
      plain(post, "/v1/oauth2/token", "token",
            [this](net::Request& r, const std::optional<Fault>& f) { return token(r, f); }),
      plain(get, "/v1/notifications/certs/{id}", "certificates",
            [this](net::Request& r, const std::optional<Fault>&) { return certificate(r); }),
      plain(get, "/checkoutnow", "page",
            [this](net::Request& r, const std::optional<Fault>&) { return show_checkout(r); }),
      route(post, orders, "pay", &Paypal::create),
      route(get, orders + "/{id}", "query", &Paypal::show_order),
      route(post, orders + "/{id}/capture", "capture", &Paypal::capture),
      route(get, "/v2/payments/captures/{id}", "query", &Paypal::show_capture),
      route(post, "/v2/payments/captures/{id}/refund", "refund", &Paypal::refund),
      route(get, "/v2/payments/refunds/{id}", "query_refund", &Paypal::show_refund),
      route(post, "/v1/notifications/verify-webhook-signature", "verify", &Paypal::verify),
      route(get, "/v1/reporting/transactions", "bill", &Paypal::report),
      route(get, "/v1/notifications/webhooks", "verify", &Paypal::webhooks),
      route(get, "/v1/notifications/webhooks/{id}", "verify", &Paypal::webhooks),
  };
}

net::Route Paypal::route(net::Method method, std::string pattern, std::string target,
                         Endpoint endpoint) {
  return exchange_.route(
      method, std::move(pattern), std::move(target),
      [this, endpoint](net::Request& request, const std::optional<Fault>& fault) {
        return act(endpoint, request, fault);
      });
}

net::Response Paypal::no_route(const net::Request& request, Errc why) {
  const PaypalError error = plain_error(why == Errc::method_not_allowed ? 405 : 404);
  Outcome outcome{paypal_response(error, context_.random), "", "no such path", ""};
  exchange_.record(request, outcome);
  return outcome.response;
}

Outcome Paypal::refused(const PaypalError& error, const std::string& mch_id) const {
  std::string verdict = error.issue.empty() ? error.name : error.issue;
  if (!error.field.empty()) verdict += ": " + error.field;
  return {paypal_response(error, context_.random), mch_id, verdict, ""};
}

net::Response Paypal::refuse(const net::Request&, const Fault& fault) const {
  if (fault.kind == FaultKind::frequency) return paypal_response(plain_error(429), context_.random);
  PaypalError error = plain_error(fault.status);
  if (fault.kind == FaultKind::refuse) {
    error = paypal_issue(fault.code, "A fault that was asked for.");
    if (fault.status != 400) error.status = fault.status;
    error.name = paypal_name(error.status);
  }
  return paypal_response(error, context_.random);
}

Outcome Paypal::act(Endpoint endpoint, const net::Request& request,
                    const std::optional<Fault>& fault) {
  const std::string bearer = header(request, "Authorization");
  if (!bearer.starts_with("Bearer ")) return refused(plain_error(401), "");
  const PaypalApp* app = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto at = tokens_.find(bearer.substr(7));
    if (at != tokens_.end() && context_.clock.now() < at->second.expires_at)
      app = keys_.app(at->second.client_id);
  }
  if (!app)
    return {
        paypal_oauth_error("invalid_token", "The token is unknown or has expired", context_.random),
        "", "invalid_token", ""};
  if (const auto error = header_problem(request)) return refused(*error, app->merchant_id);
  if (const std::string issue = mocked_issue(request); !issue.empty())
    return refused(paypal_issue(issue, "Asked for by PayPal-Mock-Response."), app->merchant_id);
  const Answer answer = (this->*endpoint)({request, *app, fault});
  if (answer.error) return refused(*answer.error, app->merchant_id);
  std::string body = answer.body;
  if (is(fault, FaultKind::garbage)) body.resize(body.size() / 2);
  return {paypal_response(answer.status, std::move(body), context_.random), app->merchant_id,
          "accepted", ""};
}

std::optional<PaypalError> Paypal::header_problem(const net::Request& request) const {
  if (request.method == net::Method::post && !is_json(request)) return plain_error(415);
  if (header(request, "PayPal-Request-Id").size() > 108)
    return header_error("PayPal-Request-Id", "INVALID_STRING_LENGTH", "1 to 108 characters");
  const std::string prefer = header(request, "Prefer");
  if (!prefer.empty() && prefer != "return=minimal" && prefer != "return=representation")
    return header_error("Prefer", "INVALID_PARAMETER_VALUE",
                        "return=minimal or return=representation");
  return std::nullopt;
}

std::optional<Paypal::Done> Paypal::done_before(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto at = done_.find(key);
  if (key.empty() || at == done_.end()) return std::nullopt;
  if (context_.clock.now() <= at->second.until) return at->second;
  done_.erase(at);
  return std::nullopt;
}

void Paypal::remember(const std::string& key, Done done) {
  if (key.empty()) return;
  const std::lock_guard lock(mutex_);
  if (done_.size() >= max_remembered) done_.clear();
  done_[key] = std::move(done);
}

PaypalView Paypal::view(const Call& call, const Trade& trade) const {
  PaypalView out{context_.url.get(), call.app};
  if (is(call.fault, FaultKind::amount))
    out.amount = call.fault->amount.value_or(trade.paid_amount + 1);
  return out;
}

Paypal::Answer Paypal::create(const Call& call) {
  const std::lock_guard alone(one_at_a_time_);
  const std::string once = call.once("create");
  if (const auto before = done_before(once)) {
    if (before->body != call.request.body)
      return paypal_issue("DUPLICATE_REQUEST_ID", "The request id was used with another body.");
    const auto trade =
        context_.ledger.find({std::string(name()), call.app.merchant_id, before->id});
    return {200, paypal_order_json(*trade, view(call, *trade), call.wants_all())};
  }
  auto read = read_paypal_order(call.request.body, call.app);
  if (read.error) return *read.error;
  PaypalOrder& order = read.order;
  const TimeMs now = context_.clock.now();
  Trade trade;
  trade.key = {std::string(name()), call.app.merchant_id, paypal_id(context_.random, 17)};
  trade.merchant_no =
      order.details.custom_id.empty() ? order.details.invoice_id : order.details.custom_id;
  trade.app_id = call.app.client_id;
  trade.trade_type = "CAPTURE";
  trade.description =
      order.details.description.empty() ? "PayPal order" : order.details.description;
  trade.amount = order.amount;
  trade.currency = order.currency;
  trade.created_at = now;
  trade.expires_at = now.plus_s(order_life_s);
  trade.handle = trade.key.out_trade_no;
  trade.links["order_id"] = trade.handle;
  trade.links["pay_url"] = context_.url.get() + "/checkoutnow?token=" + trade.handle;
  trade.notify_url = notify_url(trade);
  trade.details = std::make_shared<PaypalDetails>(std::move(order.details));
  const Change change = context_.ledger.place(std::move(trade));
  if (change.verdict != Verdict::done) return plain_error(500);
  remember(once, {change.trade.key.out_trade_no, call.request.body, now.plus_s(request_id_life_s)});
  return {201, paypal_order_json(change.trade, view(call, change.trade), call.wants_all())};
}

std::optional<Trade> Paypal::order_of(const Call& call) const {
  auto trade = context_.ledger.find(
      {std::string(name()), call.app.merchant_id, call.request.params.front()});
  if (!trade) return trade;
  const TimeMs now = context_.clock.now();
  const bool waits = trade->state == TradeState::notpay && now >= trade->expires_at;
  const bool approved =
      trade->state == TradeState::approved && now >= trade->created_at.plus_s(approved_life_s);
  if (waits || approved || trade->state == TradeState::closed) trade.reset();
  return trade;
}

Paypal::Answer Paypal::show_order(const Call& call) {
  const auto trade = order_of(call);
  if (!trade) return paypal_not_found();
  return {200, paypal_order_json(*trade, view(call, *trade), true)};
}

Paypal::Answer Paypal::capture(const Call& call) {
  const std::lock_guard alone(one_at_a_time_);
  const auto trade = order_of(call);
  if (!trade) return paypal_not_found();
  if (const auto error = read_paypal_capture(call.request.body)) return *error;
  const std::string once = call.once("capture/" + trade->key.out_trade_no);
  switch (trade->state) {
    case TradeState::notpay:
      return paypal_issue("ORDER_NOT_APPROVED",
                          "Payer has not yet approved the Order for payment.");
    case TradeState::approved:
      break;
    default:
      if (!done_before(once))
        return paypal_issue("ORDER_ALREADY_CAPTURED", "Order already captured.");
      return {200, paypal_order_json(*trade, view(call, *trade), call.wants_all())};
  }
  return capture_approved(call, *trade);
}

std::optional<PaypalError> Paypal::capture_problem(const Call& call, const Trade& trade) {
  const auto& details = static_cast<const PaypalDetails&>(*trade.details);
  const std::string invoice = call.app.merchant_id + "/" + details.invoice_id;
  const std::lock_guard lock(mutex_);
  if (declining_.erase(trade.key.out_trade_no) > 0) {
    context_.ledger.disapprove(trade.key);
    PaypalError error = paypal_issue(
        "INSTRUMENT_DECLINED",
        "The instrument presented was either declined by the processor or bank, or it can't be "
        "used for this payment.");
    error.redirect = trade.link("pay_url");
    return error;
  }
  const auto used = invoices_.find(invoice);
  if (!details.invoice_id.empty() && used != invoices_.end() &&
      switches_[call.app.merchant_id].unique_invoice && used->second != trade.key.out_trade_no)
    return paypal_issue("DUPLICATE_INVOICE_ID",
                        "Duplicate Invoice ID detected. To avoid a potential duplicate transaction "
                        "your account setting requires that Invoice Id be unique.");
  if (!details.invoice_id.empty()) invoices_[invoice] = trade.key.out_trade_no;
  return std::nullopt;
}

Paypal::Answer Paypal::capture_approved(const Call& call, const Trade& trade) {
  if (const auto error = capture_problem(call, trade)) return *error;
  Payment payment = new_payment(trade.agreed_amount.value_or(trade.amount), trade.payer);
  if (is(call.fault, FaultKind::pending)) {
    payment.state = TradeState::pending;
    payment.kind = "PAYMENT.CAPTURE.PENDING";
  }
  const Change change = context_.ledger.pay(trade.key, payment);
  if (change.verdict != Verdict::done)
    return paypal_issue("ORDER_ALREADY_CAPTURED", "Order already captured.");
  remember(
      call.once("capture/" + trade.key.out_trade_no),
      {trade.key.out_trade_no, call.request.body, context_.clock.now().plus_s(request_id_life_s)});
  tell(change.trade, change.trade.told.back());
  tell(change.trade, {new_notice_id(), "CHECKOUT.ORDER.COMPLETED"});
  return {201, paypal_order_json(change.trade, view(call, change.trade), call.wants_all())};
}

std::optional<Trade> Paypal::captured_of(const Call& call) const {
  auto trade = context_.ledger.find_transaction(call.request.params.front());
  if (trade && (trade->key.channel != name() || trade->key.mch_id != call.app.merchant_id))
    trade.reset();
  return trade;
}

Paypal::Answer Paypal::show_capture(const Call& call) {
  const auto trade = captured_of(call);
  if (!trade) return paypal_not_found();
  return {200, paypal_capture_json(*trade, view(call, *trade))};
}

Paypal::Answer Paypal::verify(const Call& call) {
  const auto answer = paypal_verification(call.request.body, keys_, call.app);
  if (!answer)
    return paypal_schema_error("", "MISSING_REQUIRED_PARAMETER",
                               "The seven fields of a verification are needed.");
  return {200, *answer};
}

Paypal::Answer Paypal::webhooks(const Call& call) {
  if (call.request.params.empty()) return {200, R"({"webhooks":[)" + webhook_json(call.app) + "]}"};
  if (call.request.params.front() != call.app.webhook_id) return paypal_not_found();
  return {200, webhook_json(call.app)};
}

Paypal::Answer Paypal::report(const Call& call) {
  auto page = reports_.page(call.request, call.app, call.fault);
  if (auto* error = std::get_if<PaypalError>(&page)) return std::move(*error);
  return {200, std::get<std::string>(std::move(page))};
}

}  // namespace tollgate::sandbox
