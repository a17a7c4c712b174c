#include "sandbox/control.hpp"

#include <utility>

#include "base/json_writer.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::size_t longest_scan = 8'000;

net::Response unknown_trade() {
  return control_refused(404, "no such trade");
}

net::Response conflict(Verdict verdict) {
  switch (verdict) {
    case Verdict::paid:
      return control_refused(409, "the trade is paid");
    case Verdict::closed:
      return control_refused(409, "the trade is closed");
    case Verdict::expired:
      return control_refused(409, "the trade has expired");
    case Verdict::failed:
      return control_refused(409, "the trade has failed");
    case Verdict::again:
      return control_refused(409, "the buyer has agreed already");
    default:
      return unknown_trade();
  }
}

/// The notice of that kind, or the latest; nullptr where there is none.
const Told* choose(const Trade& trade, const std::optional<std::string>& kind) {
  for (auto told = trade.told.rbegin(); told != trade.told.rend(); ++told)
    if (!kind || told->kind == *kind) return &*told;
  return nullptr;
}

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
          route(post, base + "/decline", &Control::decline),
          route(post, base + "/refund", &Control::refund),
          {post, base + "/notify", "", std::move(notify_handler)},
          route(post, base + "/faults", &Control::add_fault),
          route(get, base + "/faults", &Control::list_faults),
          route(del, base + "/faults", &Control::clear_faults),
          route(get, base + "/bills", &Control::bills),
          route(post, base + "/bills", &Control::set_bills),
          route(post, base + "/rotate", &Control::rotate),
          route(post, base + "/configure", &Control::configure),
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
  return control_ok(out.end_array().end_object().take());
}

net::Response Control::trade(net::Request& request) {
  const auto found = context_.ledger.find_number(request.params.front());
  return found ? control_ok(trade_json(*found)) : unknown_trade();
}

std::optional<Trade> Control::find(json::Object& body) const {
  const auto number = body.optional_text("out_trade_no");
  std::optional<std::string> held;
  for (const char* name :
       {"code_url", "prepay_id", "h5_url", "qr_code", "order_id", "pay_url", "scan"})
    if (auto text = body.optional_text(name, {.max = longest_scan})) held = std::move(text);
  if (number) return context_.ledger.find_number(*number);
  if (held) return cashier_.scan(*held);
  body.errors().add(body.pointer(), "out_trade_no, or what the buyer holds, is needed");
  return std::nullopt;
}

net::Response Control::pay(net::Request& request) {
  ControlBody body(request);
  if (!body.is_json()) return body.refusal();
  const auto trade = find(body.object());
  PayWish wish;
  wish.amount = body.object().optional_integer("amount", {.min = 0});
  wish.payer = body.object().optional_text("payer").value_or("");
  wish.silent = body.object().optional_boolean("silent").value_or(false);
  wish.late = body.object().optional_boolean("late").value_or(false);
  if (auto problem = body.problem()) return *problem;
  if (!trade) return unknown_trade();
  const Change change = cashier_.channel_of(*trade).buyer_pays(*trade, wish);
  const bool done = change.verdict == Verdict::done;
  return done ? control_ok(trade_json(change.trade)) : conflict(change.verdict);
}

net::Response Control::close(net::Request& request) {
  return take_step(request, &Channel::channel_closes);
}
net::Response Control::decline(net::Request& request) {
  return take_step(request, &Channel::bank_declines);
}

/// How a refund that is under way ends.
net::Response Control::refund(net::Request& request) {
  ControlBody body(request);
  if (!body.is_json()) return body.refusal();
  const std::string number = body.object().text("out_refund_no");
  const std::string status = body.object().optional_text("status").value_or("SUCCESS");
  if (status != "SUCCESS" && status != "CLOSED" && status != "ABNORMAL")
    body.object().errors().add("/status", "must be SUCCESS, CLOSED or ABNORMAL");
  if (auto problem = body.problem()) return *problem;
  const auto trade = context_.ledger.find_refund(number);
  if (!trade) return control_refused(404, "no such refund");
  const Change change = cashier_.channel_of(*trade).refund_ends(*trade, number, status);
  if (change.verdict == Verdict::done) return control_ok(trade_json(change.trade));
  if (change.verdict == Verdict::again) return control_refused(409, "the refund is over");
  return control_refused(409, "this channel's refunds end at once");
}

net::Response Control::take_step(net::Request& request, Step step) {
  ControlBody body(request);
  if (!body.is_json()) return body.refusal();
  const auto trade = find(body.object());
  if (auto problem = body.problem()) return *problem;
  if (!trade) return unknown_trade();
  const Change change = (cashier_.channel_of(*trade).*step)(*trade);
  const bool well = change.verdict == Verdict::done || change.verdict == Verdict::again;
  return well ? control_ok(trade_json(change.trade)) : conflict(change.verdict);
}

net::Awaitable<net::Response> Control::notify(net::Request& request) {
  ControlBody body(request);
  if (!body.is_json()) co_return body.refusal();
  auto trade = find(body.object());
  const auto times = body.object().optional_integer("times", {.min = 1, .max = max_burst});
  const auto forge = body.object().optional_text("forge");
  const auto how = forge ? forgery(*forge) : Forgery::none;
  if (!how) body.object().errors().add("/forge", "is not a known forgery");
  const auto kind = body.object().optional_text("kind");
  const auto amount = body.object().optional_integer("amount", {.min = 0});
  if (auto problem = body.problem()) co_return *problem;
  if (!trade) co_return unknown_trade();
  const Channel& channel = cashier_.channel_of(*trade);
  if (*how != Forgery::none && !channel.can_forge(*how))
    co_return control_refused(422, "/forge this channel's notices cannot lie like that");
  if (*how != Forgery::none && trade->state != TradeState::success)
    trade = channel.as_paid(std::move(*trade));
  const Told* told = choose(*trade, kind);
  if (!told) co_return control_refused(409, "the trade calls for no such genuine notice yet");
  Notice notice{*told, channel.notify_url(*trade), *trade};
  // Another content is another notice; the rest pretends to be the true one.
  if (other_content(*how)) notice.told.id = channel.new_notice_id();
  auto burst = std::make_shared<Burst>(
      Burst{channel.notice_policy(), trade->key, notice.told, notice.url, forge.value_or(""), {}});
  for (std::int64_t i = 0; i < times.value_or(1); ++i)
    burst->messages.push_back(channel.notice(notice, {*how, amount}));
  const std::vector<NoticeAnswer> answers = co_await notifier_.send_now(burst);
  json::Writer out;
  out.begin_object().key("sent").begin_array();
  for (const auto& answer : answers)
    out.begin_object()
        .field("status", answer.status)
        .field("body", answer.body)
        .field("result", answer.result)
        .end_object();
  co_return control_ok(out.end_array().end_object().take());
}

net::Response Control::add_fault(net::Request& request) {
  ControlBody body(request);
  if (!body.is_json()) return body.refusal();
  auto& object = body.object();
  Fault fault;
  fault.channel = object.optional_text("channel").value_or("");
  if (!fault.channel.empty() && !cashier_.channel(fault.channel))
    object.errors().add("/channel", "is not played");
  fault.target = object.text("target");
  const auto kind = fault_kind(object.text("kind"));
  if (!kind) object.errors().add("/kind", "is not a known kind");
  fault.kind = kind.value_or(FaultKind::lose);
  fault.count = object.optional_integer("count").value_or(1);
  fault.delay_ms = object.optional_integer("delay_ms", {.min = 0, .max = 86'400'000});
  fault.amount = object.optional_integer("amount", {.min = 0});
  fault.status = static_cast<int>(object.optional_integer("status", {.min = 200, .max = 599})
                                      .value_or(fault.kind == FaultKind::refuse ? 400 : 500));
  fault.code = object.optional_text("code").value_or("");
  fault.number = object.optional_text("number").value_or("");
  fault.processed = object.optional_boolean("processed").value_or(false);
  const auto how = forgery(object.optional_text("forge").value_or("signature"));
  if (!how) object.errors().add("/forge", "is not a known forgery");
  fault.forgery = how.value_or(Forgery::signature);
  if (auto problem = body.problem()) return *problem;
  const auto id = context_.faults.add(std::move(fault));
  if (!id) return control_invalid(id.error());
  return control_ok(json::Writer().begin_object().field("id", *id).end_object().take());
}

net::Response Control::list_faults(net::Request&) {
  json::Writer out;
  out.begin_object().key("faults").begin_array();
  for (const auto& fault : context_.faults.list()) out.raw(fault_json(fault));
  return control_ok(out.end_array().end_object().take());
}

net::Response Control::clear_faults(net::Request& request) {
  context_.faults.clear();
  return list_faults(request);
}

}  // namespace tollgate::sandbox
