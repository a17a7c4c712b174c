#include "channel/abi_reader.hpp"

#include "base/utf8.hpp"

namespace tollgate::channel {
namespace {

constexpr std::size_t id_bytes = 128;
constexpr std::size_t state_bytes = 16 * 1024;
constexpr std::size_t answer_bytes = 64 * 1024;
constexpr std::size_t code_points = 128;
constexpr std::size_t message_points = 512;
/// Of a bill's line, in minor units: more is no money, and its sums would leave the integers.
constexpr std::int64_t line_money = 10'000'000'000'000'000;
constexpr std::int64_t max_retry_after_s = 86'400;

std::string clamped(AbiReader& reader, std::string_view field, tg_span span, std::size_t points) {
  auto text = reader.text(field, span, max_span_bytes);
  text.resize(utf8_prefix(text, points).size());
  return text;
}

sdk::Request read_request(AbiReader& in, const tg_request* from) {
  const auto c = copy_struct(from);
  sdk::Request request;
  if (!c) return in.complain("request: struct_size is too small"), request;
  request.method = in.text("request.method", c->method, 16);
  request.url = in.text("request.url", c->url, 8 * 1024);
  request.body = in.bytes("request.body", c->body, max_span_bytes);
  request.recorded_body = in.bytes("request.recorded_body", c->recorded_body, max_span_bytes);
  request.resend_safe = in.choice("request.resend_safe", c->resend_safe, 1) == 1;
  request.timeout_ms = c->timeout_ms;
  request.stream = in.choice("request.stream", c->stream, 1) == 1;
  if (c->header_count > max_plugin_headers) in.complain("request: more than 100 headers");
  if (c->header_count > 0 && c->headers == nullptr) in.complain("request: headers is null");
  for (std::uint32_t i = 0; i < c->header_count && in.sound(); ++i) {
    const tg_header& header = c->headers[i];
    request.headers.push_back({in.bytes("header.name", header.name, 256),
                               in.bytes("header.value", header.value, 16 * 1024),
                               in.choice("header.secret", header.secret, 1) == 1});
  }
  return request;
}

std::int64_t amount_of(AbiReader& in, std::string_view field, std::int64_t value) {
  if (value < -1) in.complain(std::string(field) + " is negative");
  return value;
}

sdk::Outcome read_outcome(AbiReader& in, const tg_outcome* from) {
  const auto c = copy_struct(from);
  sdk::Outcome out;
  if (!c) return in.complain("outcome: missing, or struct_size is too small"), out;
  out.verdict = static_cast<sdk::Verdict>(in.choice("outcome.verdict", c->verdict, TG_RETRY));
  out.reason =
      static_cast<sdk::Reason>(in.choice("outcome.reason", c->reason, TG_REASON_AUTHORISED));
  out.action =
      static_cast<sdk::ActionType>(in.choice("outcome.action", c->action, TG_ACTION_APP_STRING));
  out.material = in.text("outcome.material", c->material, max_span_bytes);
  out.material_expires_ms = std::max<std::int64_t>(c->material_expires_ms, 0);
  out.pay_no = in.text("outcome.pay_no", c->pay_no, id_bytes);
  out.refund_no = in.text("outcome.refund_no", c->refund_no, id_bytes);
  out.channel_trade_no = in.text("outcome.channel_trade_no", c->channel_trade_no, id_bytes);
  out.channel_refund_no = in.text("outcome.channel_refund_no", c->channel_refund_no, id_bytes);
  out.amount = amount_of(in, "outcome.amount", c->amount);
  out.refund_amount = amount_of(in, "outcome.refund_amount", c->refund_amount);
  out.currency = in.text("outcome.currency", c->currency, 16);
  out.time_ms = std::max<std::int64_t>(c->time_ms, 0);
  out.receiver = in.text("outcome.receiver", c->receiver, 2 * id_bytes);
  out.channel_code = clamped(in, "outcome.channel_code", c->channel_code, code_points);
  out.channel_message = clamped(in, "outcome.channel_message", c->channel_message, message_points);
  out.state = in.text("outcome.state", c->state, state_bytes);
  out.retry_after_s = std::clamp<std::int64_t>(c->retry_after_s, 0, max_retry_after_s);
  return out;
}

sdk::Answer read_answer(AbiReader& in, std::int32_t status, tg_span body, tg_span content_type) {
  sdk::Answer answer;
  answer.status = status;
  answer.body = in.bytes("verdict: answer body", body, answer_bytes);
  answer.content_type = in.text("verdict: answer content type", content_type, 128);
  if (has_control_characters(answer.content_type))
    in.complain("verdict: control characters in an answer's content type");
  return answer;
}

/// An authentic notice: everything about it is used.
void read_authentic(AbiReader& in, const tg_verdict& c, sdk::CallbackVerdict& out) {
  out.refusal = sdk::Refusal::none;
  out.ack = read_answer(in, c.ack_status, c.ack_body, c.ack_content_type);
  if (c.ack_status < 200 || c.ack_status > 299) in.complain("verdict: ack_status is not 2xx");
  if (c.kind == 0) return;
  if (c.kind != TG_OP_PAY && c.kind != TG_OP_REFUND)
    return in.complain("verdict.kind is neither pay nor refund");
  out.applies = true;
  out.kind = static_cast<sdk::OperationKind>(c.kind);
  out.outcome = read_outcome(in, c.outcome);
}

sdk::CallbackVerdict read_verdict(AbiReader& in, const tg_verdict* from) {
  const auto c = copy_struct(from);
  sdk::CallbackVerdict out;
  if (!c) return in.complain("verdict: struct_size is too small"), out;
  out.authentic = in.choice("verdict.authentic", c->authentic, 1) == 1;
  out.event_id = in.text("verdict.event_id", c->event_id, 2 * id_bytes);
  out.event_type = in.text("verdict.event_type", c->event_type, id_bytes);
  if (out.authentic) {
    read_authentic(in, *c, out);
    return out;
  }
  // Of a notice that is not authentic nothing but the refusal is taken over.
  const auto refusal = in.choice("verdict.refusal", c->refusal, TG_REFUSED_UNAVAILABLE);
  out.refusal =
      refusal == TG_REFUSED_NONE ? sdk::Refusal::malformed : static_cast<sdk::Refusal>(refusal);
  out.nack = read_answer(in, c->nack_status, c->nack_body, c->nack_content_type);
  if (c->nack_status < 400 || c->nack_status > 599)
    in.complain("verdict: nack_status is not 4xx or 5xx");
  if (c->outcome != nullptr) {
    const auto told = read_outcome(in, c->outcome);
    out.outcome.reason = told.reason;
    out.outcome.channel_code = told.channel_code;
    out.outcome.channel_message = told.channel_message;
  }
  return out;
}

std::int64_t line_money_of(AbiReader& in, std::string_view field, std::int64_t value) {
  if (value > line_money || value < -line_money)
    in.complain(std::string(field) + " is beyond all money");
  return value;
}

sdk::BillLine read_line(AbiReader& in, const tg_bill_line* from) {
  const auto c = copy_struct(from);
  sdk::BillLine line;
  if (!c) return in.complain("line: struct_size is too small"), line;
  const auto kind = in.choice("line.kind", c->kind, TG_LINE_OTHER);
  if (kind == 0) in.complain("line.kind is 0");
  line.kind = static_cast<sdk::BillLineKind>(kind);
  line.status = static_cast<sdk::Verdict>(in.choice("line.status", c->status, TG_FAILED));
  line.pay_no = in.text("line.pay_no", c->pay_no, id_bytes);
  line.refund_no = in.text("line.refund_no", c->refund_no, id_bytes);
  line.channel_trade_no = in.text("line.channel_trade_no", c->channel_trade_no, id_bytes);
  line.channel_refund_no = in.text("line.channel_refund_no", c->channel_refund_no, id_bytes);
  const bool signed_kind = kind == TG_LINE_FEE || kind == TG_LINE_OTHER;
  if (c->amount < 0 && !signed_kind) in.complain("line.amount is negative");
  line.amount = line_money_of(in, "line.amount", c->amount);
  line.fee = line_money_of(in, "line.fee", c->fee);
  line.currency = in.text("line.currency", c->currency, 16);
  line.time_ms = std::max<std::int64_t>(c->time_ms, 0);
  line.channel_kind = clamped(in, "line.channel_kind", c->channel_kind, code_points);
  return line;
}

template <class T>
Step checked(const AbiReader& in, T&& value) {
  if (!in.sound()) return Broken{in.problem()};
  return std::forward<T>(value);
}

}  // namespace

void AbiReader::complain(std::string what) {
  if (problem_.empty()) problem_ = std::move(what);
}

std::string AbiReader::bytes(std::string_view field, tg_span span, std::size_t max) {
  if (!sound() || span.size == 0) return "";
  if (span.data == nullptr) return complain(std::string(field) + " is null with a size"), "";
  if (span.size > max)
    return complain(std::string(field) + " is longer than " + std::to_string(max) + " bytes"), "";
  return std::string(span.data, span.size);
}

std::string AbiReader::text(std::string_view field, tg_span span, std::size_t max) {
  auto raw = bytes(field, span, max);
  if (is_valid_utf8(raw)) return raw;
  return repair_utf8(raw);
}

std::uint32_t AbiReader::choice(std::string_view field, std::uint32_t value, std::uint32_t last) {
  if (value <= last) return value;
  complain(std::string(field) + " has the unknown value " + std::to_string(value));
  return 0;
}

Step read_step(const tg_step& step, bool of_callback) {
  AbiReader in;
  const bool wrong_end = of_callback ? step.outcome != nullptr : step.verdict != nullptr;
  if (wrong_end)
    return Broken{of_callback ? "a callback ended with an outcome"
                              : "an operation ended with a callback's verdict"};
  const bool done = of_callback ? step.verdict != nullptr : step.outcome != nullptr;
  const bool goes_on = (step.flags & TG_STEP_CONTINUE) != 0;
  const int parts = (step.send != nullptr ? 1 : 0) + (done ? 1 : 0) + (goes_on ? 1 : 0);
  if (parts == 0) return Broken{"the step neither sends nor is done"};
  if (parts > 1)
    return Broken{done ? "the step both sends and is done" : "the step both sends and waits"};
  if (goes_on) return sdk::Continue{};
  if (step.send != nullptr) {
    auto request = read_request(in, step.send);
    return checked(in, std::move(request));
  }
  if (of_callback) {
    auto verdict = read_verdict(in, step.verdict);
    return checked(in, std::move(verdict));
  }
  auto outcome = read_outcome(in, step.outcome);
  return checked(in, std::move(outcome));
}

std::optional<Broken> read_lines(const tg_step& step, std::vector<sdk::BillLine>& into) {
  if (step.line_count == 0) return std::nullopt;
  if (step.line_count > max_lines_per_step) return Broken{"a step has more than 100000 lines"};
  const auto first = copy_struct(step.lines);
  if (!first) return Broken{"lines: null, or struct_size is too small"};
  const auto* at = reinterpret_cast<const unsigned char*>(step.lines);
  AbiReader in;
  for (std::size_t i = 0; i < step.line_count; ++i, at += first->struct_size) {
    auto line = read_line(in, reinterpret_cast<const tg_bill_line*>(at));
    if (!in.sound()) return Broken{in.problem()};
    into.push_back(std::move(line));
  }
  return std::nullopt;
}

}  // namespace tollgate::channel
