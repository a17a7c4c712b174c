#include "sandbox/control.hpp"

#include <utility>

#include "base/json_writer.hpp"
#include "base/time.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::size_t default_requests = 100;

net::Response ok(std::string json) {
  return {200, json_type, std::move(json)};
}
net::Response refused(int status, std::string_view why) {
  return {status, json_type, error_json(why)};
}
net::Response unknown_trade() {
  return refused(404, "no such trade");
}

std::string describe(const Error& error) {
  if (error.fields.empty()) return error.detail;
  return error.fields.front().pointer + " " + error.fields.front().detail;
}
net::Response invalid(const Error& error) {
  return refused(error.code == Errc::not_found ? 404 : 422, describe(error));
}

net::Response conflict(Verdict verdict) {
  switch (verdict) {
    case Verdict::paid:
      return refused(409, "the trade is paid");
    case Verdict::closed:
      return refused(409, "the trade is closed");
    case Verdict::expired:
      return refused(409, "the trade has expired");
    default:
      return unknown_trade();
  }
}

/// A parsed body and what is wrong with it; the object's views live as long as this.
struct Body {
  Result<json::Document> document;
  json::Errors errors;
  std::optional<json::Object> object;

  explicit Body(const net::Request& request) : document(json::Document::parse(request.body)) {
    if (document) object.emplace(*document, errors);
  }
  /// The refusal where something is wrong; call it after the last read.
  std::optional<net::Response> problem() {
    if (!document) return invalid(document.error());
    object->finish();
    if (!errors.empty()) return invalid(errors.take());
    return std::nullopt;
  }
};

net::Awaitable<net::Response> at_once(net::Response response) {
  co_return response;
}

}  // namespace

std::vector<net::Route> Control::routes() {
  using enum net::Method;
  const std::string base = "/_sandbox";
  auto notify_handler = [this](net::Request& request) { return notify(request); };
  return {route(get, base + "/trades", &Control::trades),
          route(get, base + "/trades/{out_trade_no}", &Control::trade),
          route(post, base + "/pay", &Control::pay),
          route(post, base + "/close", &Control::close),
          {post, base + "/notify", "", std::move(notify_handler)},
          route(post, base + "/faults", &Control::add_fault),
          route(get, base + "/faults", &Control::list_faults),
          route(del, base + "/faults", &Control::clear_faults),
          route(post, base + "/rotate", &Control::rotate),
          route(get, base + "/requests", &Control::requests),
          route(get, base + "/ledger", &Control::ledger),
          route(post, base + "/shift_clock", &Control::shift_clock)};
}

net::Route Control::route(net::Method method, std::string pattern, Plain handler) {
  auto wrapped = [this, handler](net::Request& request) {
    return at_once((this->*handler)(request));
  };
  return {method, std::move(pattern), "", std::move(wrapped)};
}

net::Response Control::trades(net::Request&) {
  json::Writer out;
  out.begin_object().key("trades").begin_array();
  for (const auto& trade : context_.ledger.all()) out.raw(trade_json(trade));
  return ok(out.end_array().end_object().take());
}

net::Response Control::trade(net::Request& request) {
  const auto found = context_.ledger.find_number(request.params.front());
  return found ? ok(trade_json(*found)) : unknown_trade();
}

std::optional<Trade> Control::find(json::Object& body) const {
  const auto number = body.optional_text("out_trade_no");
  const auto code_url = body.optional_text("code_url");
  const auto prepay_id = body.optional_text("prepay_id");
  const auto h5_url = body.optional_text("h5_url", {.max = 1000});
  if (number) return context_.ledger.find_number(*number);
  for (const auto& handle : {code_url, prepay_id, h5_url})
    if (handle) return cashier_.find_handle(*handle);
  body.errors().add(body.pointer(), "out_trade_no, code_url, prepay_id or h5_url is needed");
  return std::nullopt;
}

net::Response Control::pay(net::Request& request) {
  Body body(request);
  if (!body.document) return *body.problem();
  const auto trade = find(*body.object);
  const auto amount = body.object->optional_integer("amount", {.min = 0});
  const bool silent = body.object->optional_boolean("silent").value_or(false);
  if (auto problem = body.problem()) return *problem;
  if (!trade) return unknown_trade();
  const Change change = cashier_.pay(*trade, amount, silent);
  return change.verdict == Verdict::done ? ok(trade_json(change.trade)) : conflict(change.verdict);
}

net::Response Control::close(net::Request& request) {
  Body body(request);
  if (!body.document) return *body.problem();
  const auto trade = find(*body.object);
  if (auto problem = body.problem()) return *problem;
  if (!trade) return unknown_trade();
  const Change change = context_.ledger.close(trade->key);
  const bool closed = change.verdict == Verdict::done || change.verdict == Verdict::again;
  return closed ? ok(trade_json(change.trade)) : conflict(change.verdict);
}

net::Awaitable<net::Response> Control::notify(net::Request& request) {
  Body body(request);
  if (!body.document) co_return *body.problem();
  auto trade = find(*body.object);
  const auto times = body.object->optional_integer("times", {.min = 1, .max = max_burst});
  const auto forge = body.object->optional_text("forge");
  const auto how = forge ? forgery(*forge) : Forgery::none;
  if (!how) body.errors.add("/forge", "is not a known forgery");
  const auto amount = body.object->optional_integer("amount", {.min = 0});
  if (auto problem = body.problem()) co_return *problem;
  if (!trade) co_return unknown_trade();
  if (trade->state != TradeState::success) {
    if (*how == Forgery::none) co_return refused(409, "only a paid trade has a genuine notice");
    trade = cashier_.pretend_paid(std::move(*trade));
  }
  const Channel& channel = *cashier_.channel(trade->key.channel);
  const bool other_content =
      *how == Forgery::amount || *how == Forgery::foreign_app || *how == Forgery::foreign_mch;
  auto burst = std::make_shared<Burst>();
  burst->key = trade->key;
  // Another content is another notice; the rest pretends to be the true one.
  burst->id = other_content ? channel.new_payment(0).notice_id : trade->notice_id;
  burst->url = trade->notify_url;
  burst->note = forge.value_or("");
  for (std::int64_t i = 0; i < times.value_or(1); ++i)
    burst->messages.push_back(channel.notice(*trade, burst->id, {*how, amount}));
  const std::vector<NoticeAnswer> answers = co_await notifier_.send_now(burst);
  json::Writer out;
  out.begin_object().key("sent").begin_array();
  for (const auto& answer : answers)
    out.begin_object()
        .field("status", answer.status)
        .field("body", answer.body)
        .field("result", answer.result)
        .end_object();
  co_return ok(out.end_array().end_object().take());
}

net::Response Control::add_fault(net::Request& request) {
  Body body(request);
  if (!body.document) return *body.problem();
  auto& object = *body.object;
  Fault fault;
  fault.target = object.text("target");
  const auto kind = fault_kind(object.text("kind"));
  if (!kind) object.errors().add("/kind", "is not a known kind");
  fault.kind = kind.value_or(FaultKind::lose);
  fault.count = object.optional_integer("count").value_or(1);
  fault.delay_ms = object.optional_integer("delay_ms", {.min = 0, .max = 86'400'000});
  fault.amount = object.optional_integer("amount", {.min = 0});
  fault.status =
      static_cast<int>(object.optional_integer("status", {.min = 200, .max = 599}).value_or(500));
  fault.processed = object.optional_boolean("processed").value_or(false);
  const auto how = forgery(object.optional_text("forge").value_or("signature"));
  if (!how) object.errors().add("/forge", "is not a known forgery");
  fault.forgery = how.value_or(Forgery::signature);
  if (auto problem = body.problem()) return *problem;
  const auto id = context_.faults.add(std::move(fault));
  if (!id) return invalid(id.error());
  return ok(json::Writer().begin_object().field("id", *id).end_object().take());
}

net::Response Control::list_faults(net::Request&) {
  json::Writer out;
  out.begin_object().key("faults").begin_array();
  for (const auto& fault : context_.faults.list()) {
    out.begin_object()
        .field("id", fault.id)
        .field("target", fault.target)
        .field("kind", to_string(fault.kind))
        .field("count", fault.count)
        .field("delay_ms", fault.delay_ms)
        .field("amount", fault.amount)
        .field("status", fault.status)
        .end_object();
  }
  return ok(out.end_array().end_object().take());
}

net::Response Control::clear_faults(net::Request& request) {
  context_.faults.clear();
  return list_faults(request);
}

net::Response Control::rotate(net::Request& request) {
  Body body(request);
  if (!body.document) return *body.problem();
  const std::string mch_id = body.object->text("mch_id");
  const std::string mode = body.object->optional_text("mode").value_or("");
  if (auto problem = body.problem()) return *problem;
  Channel* channel = cashier_.channel_of_merchant(mch_id);
  if (!channel) return refused(404, "no such merchant");
  auto state = channel->rotate(mch_id, mode);
  return state ? ok(std::move(*state)) : invalid(state.error());
}

net::Response Control::requests(net::Request& request) {
  std::size_t limit = default_requests;
  if (const auto text = request.query_param("limit")) {
    const auto wanted = StrongId<struct LimitTag>::parse(*text);
    if (!wanted) return refused(422, "limit must be a positive number");
    limit = static_cast<std::size_t>(wanted->value());
  }
  json::Writer out;
  out.begin_object().key("requests").begin_array();
  for (const auto& record : context_.requests.latest(limit)) {
    out.begin_object()
        .field("at", to_rfc3339(record.at))
        .field("method", record.method)
        .field("path", record.path)
        .field("mch_id", record.mch_id)
        .field("verdict", record.verdict)
        .field("status", record.status);
    if (record.fault.empty())
      out.key("fault").null();
    else
      out.field("fault", record.fault);
    out.end_object();
  }
  return ok(out.end_array().end_object().take());
}

net::Response Control::ledger(net::Request&) {
  auto totals = context_.ledger.totals();
  json::Writer out;
  out.begin_object().key("merchants").begin_array();
  for (const auto& channel : cashier_.channels()) {
    for (const auto& mch_id : channel->merchants()) {
      const MerchantTotals& total = totals[mch_id];
      out.begin_object().field("channel", channel->name()).field("mch_id", mch_id);
      out.key("paid")
          .begin_object()
          .field("count", total.paid_count)
          .field("amount", total.paid_amount)
          .end_object();
      out.key("refunded")
          .begin_object()
          .field("count", total.refunded_count)
          .field("amount", total.refunded_amount)
          .end_object();
      out.end_object();
    }
  }
  return ok(out.end_array().end_object().take());
}

net::Response Control::shift_clock(net::Request& request) {
  constexpr std::int64_t century_ms = 100LL * 365 * 86'400'000;
  Body body(request);
  if (!body.document) return *body.problem();
  const std::int64_t ms = body.object->integer("ms", {.min = -century_ms, .max = century_ms});
  if (auto problem = body.problem()) return *problem;
  clock_.shift_ms(ms);
  return ok(json::Writer()
                .begin_object()
                .field("now", to_rfc3339(clock_.now()))
                .field("offset_ms", clock_.offset_ms())
                .end_object()
                .take());
}

}  // namespace tollgate::sandbox
