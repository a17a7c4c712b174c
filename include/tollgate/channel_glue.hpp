// Between the SDK's classes and the C boundary. Included by channel.hpp; nothing here for authors
// but the macro at the end.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

namespace tollgate::sdk::glue {

inline tg_span span_of(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string text_of(tg_span span) {
  return span.size ? std::string(span.data, span.size) : "";
}

/// A copy of what the other side gave: what lies beyond the size it knows is zero.
template <class T>
T sized_copy(const T& given) {
  T copy{};
  std::memcpy(&copy, &given, std::min<std::size_t>(given.struct_size, sizeof(T)));
  return copy;
}

template <class T>
T& made(const std::unique_ptr<T>& pointer) {
  if (!pointer) throw std::logic_error("there is no such operation");
  return *pointer;
}

/// The handle behind tg_operation: the operation and everything that was handed out last.
struct OperationBox {
  explicit OperationBox(bool callback_kind) : is_callback(callback_kind) {}

  const bool is_callback;
  std::unique_ptr<Operation> operation;
  std::unique_ptr<CallbackOperation> callback;
  Request request;
  Outcome outcome;
  CallbackVerdict verdict;
  std::vector<tg_header> headers;
  std::vector<BillLine> lines;
  std::vector<tg_bill_line> c_lines;
  tg_request c_request{};
  tg_outcome c_outcome{};
  tg_verdict c_verdict{};

  void give(Request&& value, tg_step* step) {
    request = std::move(value);
    headers.clear();
    for (const auto& h : request.headers)
      headers.push_back({span_of(h.name), span_of(h.value), h.secret ? 1u : 0u, 0});
    c_request = {sizeof(tg_request),
                 static_cast<std::uint32_t>(headers.size()),
                 span_of(request.method),
                 span_of(request.url),
                 span_of(request.body),
                 span_of(request.recorded_body),
                 headers.data(),
                 request.resend_safe ? 1u : 0u,
                 request.timeout_ms,
                 request.stream ? 1u : 0u,
                 0};
    *step = {sizeof(tg_step), 0, &c_request, nullptr, nullptr, nullptr, 0};
  }

  static tg_outcome to_c(const Outcome& o) {
    tg_outcome c{};
    c.struct_size = sizeof(tg_outcome);
    c.verdict = static_cast<std::uint32_t>(o.verdict);
    c.reason = static_cast<std::uint32_t>(o.reason);
    c.action = static_cast<std::uint32_t>(o.action);
    c.material = span_of(o.material);
    c.material_expires_ms = o.material_expires_ms;
    c.pay_no = span_of(o.pay_no);
    c.refund_no = span_of(o.refund_no);
    c.channel_trade_no = span_of(o.channel_trade_no);
    c.channel_refund_no = span_of(o.channel_refund_no);
    c.amount = o.amount;
    c.refund_amount = o.refund_amount;
    c.currency = span_of(o.currency);
    c.time_ms = o.time_ms;
    c.receiver = span_of(o.receiver);
    c.channel_code = span_of(o.channel_code);
    c.channel_message = span_of(o.channel_message);
    c.state = span_of(o.state);
    c.retry_after_s = o.retry_after_s;
    return c;
  }

  void give(Outcome&& value, tg_step* step) {
    outcome = std::move(value);
    c_outcome = to_c(outcome);
    *step = {sizeof(tg_step), 0, nullptr, &c_outcome, nullptr, nullptr, 0};
  }

  void give(Continue, tg_step* step) {
    *step = {sizeof(tg_step), TG_STEP_CONTINUE, nullptr, nullptr, nullptr, nullptr, 0};
  }

  void give(CallbackVerdict&& value, tg_step* step) {
    verdict = std::move(value);
    c_outcome = to_c(verdict.outcome);
    c_verdict = {sizeof(tg_verdict),
                 verdict.authentic ? 1u : 0u,
                 verdict.applies ? static_cast<std::uint32_t>(verdict.kind) : 0u,
                 static_cast<std::uint32_t>(verdict.refusal),
                 span_of(verdict.event_id),
                 span_of(verdict.event_type),
                 &c_outcome,
                 verdict.ack.status,
                 verdict.nack.status,
                 span_of(verdict.ack.body),
                 span_of(verdict.ack.content_type),
                 span_of(verdict.nack.body),
                 span_of(verdict.nack.content_type)};
    *step = {sizeof(tg_step), 0, nullptr, nullptr, &c_verdict, nullptr, 0};
  }

  static tg_bill_line to_c(const BillLine& line) {
    return {sizeof(tg_bill_line),
            static_cast<std::uint32_t>(line.kind),
            static_cast<std::uint32_t>(line.status),
            0,
            span_of(line.pay_no),
            span_of(line.refund_no),
            span_of(line.channel_trade_no),
            span_of(line.channel_refund_no),
            line.amount,
            line.fee,
            span_of(line.currency),
            line.time_ms,
            span_of(line.channel_kind)};
  }

  /// Gives an operation's step, and the lines that it read.
  void give_step(Step&& value, tg_step* step) {
    lines = operation->lines();
    give(std::move(value), step);
    c_lines.clear();
    for (const auto& line : lines) c_lines.push_back(to_c(line));
    step->lines = c_lines.data();
    step->line_count = c_lines.size();
  }

  template <class... Alternatives>
  void give(std::variant<Alternatives...>&& value, tg_step* step) {
    const auto hand_over = [&]<class T>(T&& alternative) {
      give(std::forward<T>(alternative), step);
    };
    std::visit(hand_over, std::move(value));
  }

  /// Runs a step; whatever is thrown becomes unknown (or a callback that is not authentic).
  template <class F>
  void guarded(tg_step* step, F f) noexcept {
    std::string what = "unknown exception";
    try {
      f();
      return;
    } catch (const std::exception& e) {
      what = e.what();
    } catch (...) {  // what is not a std::exception has no text
    }
    Outcome failed(Verdict::unknown, Reason::plugin_exception);
    failed.channel_code = "plugin_exception";
    failed.channel_message = std::move(what);
    if (!is_callback) return give(std::move(failed), step);
    CallbackVerdict refused;
    refused.refusal = Refusal::unavailable;
    refused.outcome = std::move(failed);
    refused.nack = {503, "", "text/plain"};
    give(std::move(refused), step);
  }
};

inline Channel* unwrap(tg_channel* c) {
  return reinterpret_cast<Channel*>(c);
}
inline OperationBox* unwrap(tg_operation* o) {
  return reinterpret_cast<OperationBox*>(o);
}
inline tg_operation* wrap(OperationBox* o) {
  return reinterpret_cast<tg_operation*>(o);
}

inline OperationInput to_cpp(const tg_operation_input& in) {
  OperationInput out;
  out.kind = static_cast<OperationKind>(in.operation);
  out.method = text_of(in.method);
  out.pay_no = text_of(in.pay_no);
  out.refund_no = text_of(in.refund_no);
  out.channel_trade_no = text_of(in.channel_trade_no);
  out.channel_refund_no = text_of(in.channel_refund_no);
  out.currency = text_of(in.currency);
  out.description = text_of(in.description);
  out.notify_url = text_of(in.notify_url);
  out.return_url = text_of(in.return_url);
  out.cancel_url = text_of(in.cancel_url);
  out.client_ip = text_of(in.client_ip);
  out.openid = text_of(in.openid);
  out.reason = text_of(in.reason);
  out.bill_date = text_of(in.bill_date);
  out.bill_type = text_of(in.bill_type);
  out.state = text_of(in.state);
  out.amount = in.amount;
  out.total = in.total;
  out.created_ms = in.created_ms;
  out.expires_ms = in.expires_ms;
  return out;
}

/// The functions of tg_plugin for one Descriptor. `D` is a function answering it.
template <const Descriptor& (*D)()>
struct Functions {
  static tg_channel* create(const tg_host* host, tg_span gateway, tg_span settings,
                            tg_channel_info* info, char* error, size_t error_size) noexcept {
    std::string what = "the plugin threw something without a text";
    try {
      auto made = D().make({text_of(gateway), text_of(settings), Entropy(host)});
      info->receiver = span_of(made->receiver());
      if (info->struct_size >= sizeof(tg_channel_info))
        info->bill_utc_offset_s = made->bill_utc_offset_s();
      return reinterpret_cast<tg_channel*>(made.release());
    } catch (const std::exception& e) {
      what = e.what();
    } catch (...) {  // what is not a std::exception has no text
    }
    if (error_size > 0) std::snprintf(error, error_size, "%s", what.c_str());
    return nullptr;
  }

  static void destroy(tg_channel* channel) noexcept { delete unwrap(channel); }

  static tg_operation* begin(tg_channel* channel, const tg_operation_input* input, int64_t now_ms,
                             tg_step* first) noexcept {
    auto* box = new (std::nothrow) OperationBox(false);
    if (!box) return nullptr;
    box->guarded(first, [&] {
      box->operation = unwrap(channel)->begin(to_cpp(sized_copy(*input)));
      box->give_step(made(box->operation).start(now_ms), first);
    });
    return wrap(box);
  }

  static tg_operation* begin_callback(tg_channel* channel, const tg_callback_input* input,
                                      int64_t now_ms, tg_step* first) noexcept {
    auto* box = new (std::nothrow) OperationBox(true);
    if (!box) return nullptr;
    box->guarded(first, [&] {
      const tg_callback_input given = sized_copy(*input);
      CallbackInput in{
          text_of(given.method), text_of(given.path), text_of(given.query), text_of(given.body), {},
          given.max_age_s};
      for (std::uint32_t i = 0; i < given.header_count; ++i)
        in.headers.emplace(text_of(given.headers[i].name), text_of(given.headers[i].value));
      box->callback = unwrap(channel)->begin_callback(std::move(in));
      box->give(made(box->callback).start(now_ms), first);
    });
    return wrap(box);
  }

  static void resume(tg_operation* operation, const tg_response* response, int64_t now_ms,
                     tg_step* next) noexcept {
    auto* box = unwrap(operation);
    box->guarded(next, [&] {
      const tg_response given = sized_copy(*response);
      Response in;
      in.transport = static_cast<Transport>(given.transport);
      in.status = given.status;
      in.body = text_of(given.body);
      in.more = given.more != 0;
      for (std::uint32_t i = 0; i < given.header_count; ++i)
        in.headers.emplace(text_of(given.headers[i].name), text_of(given.headers[i].value));
      if (box->is_callback)
        box->give(made(box->callback).resume(in, now_ms), next);
      else
        box->give_step(made(box->operation).resume(in, now_ms), next);
    });
  }

  static void end(tg_operation* operation) noexcept { delete unwrap(operation); }
};

template <const Descriptor& (*D)()>
const tg_plugin* plugin() {
  static const auto capabilities = [] {
    std::vector<tg_capability> list;
    for (const auto& c : D().capabilities)
      list.push_back({sizeof(tg_capability), c.components, static_cast<std::uint32_t>(c.action),
                      c.needs, span_of(c.method), span_of(c.currencies), span_of(c.title),
                      c.amount_max});
    return list;
  }();
  static const auto settings = [] {
    std::vector<tg_setting> list;
    for (const auto& s : D().settings)
      list.push_back({sizeof(tg_setting), s.flags, span_of(s.name), span_of(s.description)});
    return list;
  }();
  using F = Functions<D>;
  static const tg_plugin made{sizeof(tg_plugin),
                              TG_ABI_MAJOR,
                              TG_ABI_MINOR,
                              span_of(D().channel),
                              span_of(D().version),
                              span_of(D().title),
                              capabilities.data(),
                              capabilities.size(),
                              settings.data(),
                              settings.size(),
                              &F::create,
                              &F::destroy,
                              &F::begin,
                              &F::begin_callback,
                              &F::resume,
                              &F::end};
  return &made;
}

}  // namespace tollgate::sdk::glue

#if defined(__GNUC__)
#define TOLLGATE_EXPORT __attribute__((visibility("default")))
#else
#define TOLLGATE_EXPORT
#endif

/// Ends one source file of a plugin: `describe` is a function returning const Descriptor&. Built
/// with TOLLGATE_STATIC_PLUGIN=name the entry is called tollgate_channel_plugin_v1_name instead, so
/// that several plugins fit in one test program.
#define TOLLGATE_ENTRY_NAME_(name) tollgate_channel_plugin_v1_##name
#define TOLLGATE_ENTRY_NAME(name) TOLLGATE_ENTRY_NAME_(name)
#ifdef TOLLGATE_STATIC_PLUGIN
#define TOLLGATE_CHANNEL_PLUGIN(describe)                                         \
  extern "C" const tg_plugin* TOLLGATE_ENTRY_NAME(TOLLGATE_STATIC_PLUGIN)(void) { \
    return tollgate::sdk::glue::plugin<describe>();                               \
  }
#else
#define TOLLGATE_CHANNEL_PLUGIN(describe)                             \
  extern "C" TOLLGATE_EXPORT const tg_plugin* TG_PLUGIN_ENTRY(void) { \
    return tollgate::sdk::glue::plugin<describe>();                   \
  }
#endif
