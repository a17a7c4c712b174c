// The host's side of the C boundary against a plugin whose every structure comes from the input:
// the loader, the account, operations and callbacks. Anything may be refused; nothing may be
// believed that is out of bounds.
#include "abi_maker.hpp"
#include "base/random.hpp"
#include "base/utf8.hpp"
#include "channel/dialogue.hpp"
#include "channel/exchanger.hpp"
#include "channel/words.hpp"

namespace {

using namespace tollgate;
using fuzz::AbiMaker;

/// The plugin under way. Its functions are plain C, so this has to be one for all.
struct Script {
  AbiMaker* maker = nullptr;
  const tg_plugin* plugin = nullptr;
  bool callback = false;
  int alive = 0;  ///< Handles that were handed out and not ended.
};
Script script;
char channel_handle, operation_handle;

tg_outcome make_outcome(AbiMaker& m) {
  tg_outcome o{};
  o.verdict = m.choice<std::uint32_t>(TG_SUCCEEDED);
  o.reason = m.choice<std::uint32_t>(TG_REASON_NONE);
  o.action = m.choice<std::uint32_t>(TG_ACTION_NONE);
  o.material = m.span("");
  o.material_expires_ms = m.choice<std::int64_t>(0);
  o.pay_no = m.span("7214983217463296001");
  o.refund_no = m.span("");
  o.channel_trade_no = m.span("4200");
  o.channel_refund_no = m.span("");
  o.amount = m.choice<std::int64_t>(9900);
  o.refund_amount = m.choice<std::int64_t>(-1);
  o.currency = m.span("CNY");
  o.time_ms = m.choice<std::int64_t>(1);
  o.receiver = m.span("fuzz/1");
  o.channel_code = m.span("OK");
  o.channel_message = m.span("");
  o.state = m.span("");
  o.retry_after_s = m.choice<std::int64_t>(0);
  return o;
}

const tg_request* make_request(AbiMaker& m) {
  tg_request r{};
  r.method = m.span("POST");
  r.url = m.span("https://api.example.com/pay");
  r.body = m.span("{}");
  r.recorded_body = m.span("");
  r.headers = m.headers(r.header_count);
  r.resend_safe = m.choice(0u);
  r.timeout_ms = m.choice(0u);
  r.stream = m.choice(0u);
  return m.give(r);
}

const tg_verdict* make_verdict(AbiMaker& m) {
  tg_verdict v{};
  v.authentic = m.choice(1u);
  v.kind = m.choice<std::uint32_t>(TG_OP_PAY);
  v.refusal = m.choice<std::uint32_t>(TG_REFUSED_NONE);
  v.event_id = m.span("event");
  v.event_type = m.span("paid");
  v.outcome = m.give(make_outcome(m));
  v.ack_status = m.choice(200);
  v.nack_status = m.choice(401);
  v.ack_body = m.span("success");
  v.ack_content_type = m.span("text/plain");
  v.nack_body = m.span("failure");
  v.nack_content_type = m.span("text/plain");
  return m.give(v);
}

const tg_bill_line* make_line(AbiMaker& m) {
  tg_bill_line line{};
  line.kind = m.choice<std::uint32_t>(TG_LINE_PAYMENT);
  line.status = m.choice<std::uint32_t>(TG_SUCCEEDED);
  line.pay_no = m.span("1");
  line.refund_no = m.span("");
  line.channel_trade_no = m.span("T1");
  line.channel_refund_no = m.span("");
  line.amount = m.choice<std::int64_t>(1);
  line.fee = m.choice<std::int64_t>(0);
  line.currency = m.span("CNY");
  line.time_ms = m.choice<std::int64_t>(1);
  line.channel_kind = m.span("SUCCESS");
  return m.give(line);
}

void make_step(tg_step* step) {
  AbiMaker& m = *script.maker;
  const unsigned which = m.input().below(16);
  if (which >= 8) step->send = make_request(m);
  const bool done = which < 8 || which == 9;
  if (done && (script.callback != (which == 7))) step->verdict = make_verdict(m);
  if (done && (!script.callback || which == 6 || which == 7))
    step->outcome = m.give(make_outcome(m));
  if (which == 5) *step = {m.choice(0u), m.choice(0u), nullptr, nullptr, nullptr, nullptr, 0};
  if (m.input().byte() == 255) {
    step->lines = make_line(m);
    step->line_count = m.input().below(8) == 7 ? SIZE_MAX : 1;
  }
}

tg_operation* begun(tg_step* first) {
  make_step(first);
  if (script.maker->input().byte() == 255) return nullptr;
  ++script.alive;
  return reinterpret_cast<tg_operation*>(&operation_handle);
}

tg_channel* create(const tg_host* host, tg_span, tg_span, tg_channel_info* info, char* error,
                   std::size_t error_size) {
  AbiMaker& m = *script.maker;
  unsigned char random[4];
  host->fill_random(host->context, random, sizeof random);
  info->struct_size = m.choice(info->struct_size);
  info->receiver = m.span("fuzz/1");
  const auto text = m.input().bytes(m.input().byte());
  std::copy_n(text.begin(), std::min(text.size(), error_size), error);
  if (m.input().byte() == 255) return std::memset(error, 'x', error_size), nullptr;
  ++script.alive;
  return reinterpret_cast<tg_channel*>(&channel_handle);
}

void destroy(tg_channel*) {
  --script.alive;
}
tg_operation* begin(tg_channel*, const tg_operation_input*, std::int64_t, tg_step* first) {
  script.callback = false;
  return begun(first);
}
tg_operation* begin_callback(tg_channel*, const tg_callback_input*, std::int64_t, tg_step* first) {
  script.callback = true;
  return begun(first);
}
void resume(tg_operation*, const tg_response*, std::int64_t, tg_step* next) {
  make_step(next);
}
void end(tg_operation*) {
  --script.alive;
}

std::vector<tg_capability> make_capabilities(AbiMaker& m) {
  std::vector<tg_capability> list;
  for (unsigned i = 0, count = 1 + m.input().below(4); i < count; ++i)
    list.push_back({0, m.choice(0x1FEu), m.choice(1u), m.choice(0u),
                    m.span("m" + std::to_string(i)), m.span("CNY,USD"), m.span("Fuzz"),
                    m.choice<std::int64_t>(0)});
  return list;
}

std::vector<tg_setting> make_settings(AbiMaker& m) {
  std::vector<tg_setting> list;
  for (unsigned i = 0, count = m.input().below(4); i < count; ++i)
    list.push_back({0, m.choice(1u), m.span("s" + std::to_string(i)), m.span("A setting.")});
  return list;
}

const tg_plugin* make_plugin(AbiMaker& m) {
  tg_plugin p{};
  p.abi_major = m.choice<std::uint16_t>(TG_ABI_MAJOR);
  p.abi_minor = m.choice<std::uint16_t>(TG_ABI_MINOR);
  p.channel = m.span("fuzz");
  p.version = m.span("1.0.0");
  p.title = m.span("Fuzz");
  p.capabilities = m.array(make_capabilities(m), 64, p.capability_count);
  p.settings = m.array(make_settings(m), 100, p.setting_count);
  const unsigned missing = m.input().byte();
  if (missing != 1) p.create = &create;
  if (missing != 2) p.destroy = &destroy;
  if (missing != 3) p.begin = &begin;
  if (missing != 4) p.begin_callback = &begin_callback;
  if (missing != 5) p.resume = &resume;
  if (missing != 6) p.end = &end;
  return m.give(p);
}

void check(const channel::Plugin& plugin) {
  MUST(channel::is_word(plugin.channel(), 32));
  MUST(is_valid_utf8(plugin.title()) && plugin.title().size() <= 3 * 128);
  MUST(!plugin.capabilities().empty() && plugin.capabilities().size() <= 64);
  for (const auto& c : plugin.capabilities()) {
    MUST(channel::is_word(c.method, 32) && c.amount_max >= 0 && c.components != 0);
    MUST(plugin.settings().size() <= 100 && is_valid_utf8(c.title));
  }
  for (const auto& s : plugin.settings()) MUST(channel::is_word(s.name, 64));
}

void check(const sdk::Outcome& o) {
  MUST(static_cast<std::uint32_t>(o.verdict) <= TG_RETRY);
  MUST(static_cast<std::uint32_t>(o.reason) <= TG_REASON_AUTHORISED);
  MUST(static_cast<std::uint32_t>(o.action) <= TG_ACTION_APP_STRING);
  MUST(o.amount >= -1 && o.refund_amount >= -1 && o.time_ms >= 0);
  MUST(o.retry_after_s >= 0 && o.retry_after_s <= 86'400);
  for (const auto* text :
       {&o.pay_no, &o.channel_trade_no, &o.channel_message, &o.state, &o.material})
    MUST(is_valid_utf8(*text));
}

void check(const sdk::BillLine& line) {
  const bool signed_kind =
      line.kind == sdk::BillLineKind::fee || line.kind == sdk::BillLineKind::other;
  MUST(line.amount >= 0 || signed_kind);
  MUST(line.time_ms >= 0 && static_cast<std::uint32_t>(line.status) <= TG_FAILED);
  for (const auto* text :
       {&line.pay_no, &line.refund_no, &line.channel_trade_no, &line.currency, &line.channel_kind})
    MUST(is_valid_utf8(*text) && text->size() <= 512);
}

void check(const sdk::CallbackVerdict& v) {
  MUST(v.authentic ? v.ack.status >= 200 && v.ack.status <= 299 : v.nack.status >= 400);
  MUST(v.authentic || (!v.applies && v.refusal != sdk::Refusal::none));
  MUST(!has_control_characters(v.ack.content_type) && !has_control_characters(v.nack.content_type));
  if (v.applies) check(v.outcome);
}

/// As the host does: at most eight sends, and none that must not leave the house.
void follow(channel::Dialogue& dialogue, channel::Step step, AbiMaker& maker) {
  for (int sends = 0; sends < channel::max_sends; ++sends) {
    for (const auto& line : dialogue.take_lines()) check(line);
    if (std::holds_alternative<sdk::Continue>(step)) return;
    if (const auto* outcome = std::get_if<sdk::Outcome>(&step)) return check(*outcome);
    if (const auto* verdict = std::get_if<sdk::CallbackVerdict>(&step)) return check(*verdict);
    if (const auto* broken = std::get_if<channel::Broken>(&step))
      return MUST(!broken->what.empty());
    const auto& request = std::get<sdk::Request>(step);
    MUST(request.headers.size() <= channel::max_plugin_headers);
    if (channel::forbidden(request)) return;
    net::ClientResponse response;
    response.transport = static_cast<net::Transport>(maker.input().below(3));
    response.status = 200;
    step = dialogue.resume(response, TimeMs{1});
  }
}

void converse(AbiMaker& maker, const std::shared_ptr<channel::Account>& account) {
  sdk::OperationInput wish;
  wish.kind = static_cast<sdk::OperationKind>(1 + maker.input().below(7));
  {
    channel::Dialogue operation(account);
    auto first = operation.begin(wish, TimeMs{1});
    follow(operation, std::move(first), maker);
  }
  channel::Dialogue callback(account);
  auto first = callback.begin_callback(net::Request(), 300, TimeMs{1});
  follow(callback, std::move(first), maker);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static SeededRandom random(1);
  static const ManualClock clock;
  fuzz::Input input(data, size);
  AbiMaker maker(input);
  script = {&maker, make_plugin(maker)};
  const auto plugin = channel::Plugin::from_entry([] { return script.plugin; }, "fuzz");
  if (!plugin) {
    MUST(plugin.error().detail.starts_with("fuzz: "));
    return 0;
  }
  check(**plugin);
  {
    const auto account = channel::Account::build(
        {"main", (*plugin)->channel(), "https://api.example.com", "{}"}, *plugin, random, clock);
    if (account) converse(maker, *account);
    if (!account) MUST(!account.error().detail.empty() && is_valid_utf8(account.error().detail));
  }
  MUST(script.alive == 0);  // every handle was given back
  return 0;
}
