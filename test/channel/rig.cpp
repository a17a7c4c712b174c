#include "rig.hpp"

#include <dlfcn.h>
#include <openssl/rand.h>

namespace tollgate::test {
namespace {

tg_span span(std::string_view text) {
  return {text.data(), text.size()};
}
std::string text(tg_span span) {
  return span.size ? std::string(span.data, span.size) : "";
}

void fill_random(void*, unsigned char* out, std::size_t size) {
  if (RAND_bytes(out, static_cast<int>(size)) != 1) throw std::runtime_error("no randomness");
}

sdk::Request to_cpp(const tg_request& in) {
  sdk::Request out;
  out.method = text(in.method);
  out.url = text(in.url);
  out.body = text(in.body);
  out.recorded_body = text(in.recorded_body);
  out.resend_safe = in.resend_safe != 0;
  out.timeout_ms = in.timeout_ms;
  out.stream = in.stream != 0;
  for (std::uint32_t i = 0; i < in.header_count; ++i)
    out.headers.push_back(
        {text(in.headers[i].name), text(in.headers[i].value), in.headers[i].secret != 0});
  return out;
}

sdk::Outcome to_cpp(const tg_outcome& in) {
  sdk::Outcome out(static_cast<sdk::Verdict>(in.verdict), static_cast<sdk::Reason>(in.reason));
  out.action = static_cast<sdk::ActionType>(in.action);
  out.material = text(in.material);
  out.material_expires_ms = in.material_expires_ms;
  out.pay_no = text(in.pay_no);
  out.refund_no = text(in.refund_no);
  out.channel_trade_no = text(in.channel_trade_no);
  out.channel_refund_no = text(in.channel_refund_no);
  out.amount = in.amount;
  out.refund_amount = in.refund_amount;
  out.currency = text(in.currency);
  out.time_ms = in.time_ms;
  out.receiver = text(in.receiver);
  out.channel_code = text(in.channel_code);
  out.channel_message = text(in.channel_message);
  out.state = text(in.state);
  out.retry_after_s = in.retry_after_s;
  return out;
}

sdk::BillLine to_cpp(const tg_bill_line& in) {
  sdk::BillLine out;
  out.kind = static_cast<sdk::BillLineKind>(in.kind);
  out.status = static_cast<sdk::Verdict>(in.status);
  out.pay_no = text(in.pay_no);
  out.refund_no = text(in.refund_no);
  out.channel_trade_no = text(in.channel_trade_no);
  out.channel_refund_no = text(in.channel_refund_no);
  out.amount = in.amount;
  out.fee = in.fee;
  out.currency = text(in.currency);
  out.time_ms = in.time_ms;
  out.channel_kind = text(in.channel_kind);
  return out;
}

sdk::CallbackVerdict to_cpp(const tg_verdict& in) {
  sdk::CallbackVerdict out;
  out.authentic = in.authentic != 0;
  out.refusal = static_cast<sdk::Refusal>(in.refusal);
  out.applies = in.kind != 0;
  if (out.applies) out.kind = static_cast<sdk::OperationKind>(in.kind);
  out.event_id = text(in.event_id);
  out.event_type = text(in.event_type);
  if (in.outcome) out.outcome = to_cpp(*in.outcome);
  out.ack = {in.ack_status, text(in.ack_body), text(in.ack_content_type)};
  out.nack = {in.nack_status, text(in.nack_body), text(in.nack_content_type)};
  return out;
}

template <class Headers>
std::vector<tg_header> to_c(const Headers& headers) {
  std::vector<tg_header> out;
  for (const auto& [name, value] : headers) out.push_back({span(name), span(value), 0, 0});
  return out;
}

tg_operation_input to_c(const sdk::OperationInput& in) {
  tg_operation_input out{};
  out.struct_size = sizeof out;
  out.operation = static_cast<std::uint32_t>(in.kind);
  out.method = span(in.method);
  out.pay_no = span(in.pay_no);
  out.refund_no = span(in.refund_no);
  out.channel_trade_no = span(in.channel_trade_no);
  out.channel_refund_no = span(in.channel_refund_no);
  out.amount = in.amount;
  out.total = in.total;
  out.currency = span(in.currency);
  out.description = span(in.description);
  out.notify_url = span(in.notify_url);
  out.return_url = span(in.return_url);
  out.cancel_url = span(in.cancel_url);
  out.client_ip = span(in.client_ip);
  out.openid = span(in.openid);
  out.reason = span(in.reason);
  out.bill_date = span(in.bill_date);
  out.state = span(in.state);
  out.created_ms = in.created_ms;
  out.expires_ms = in.expires_ms;
  out.bill_type = span(in.bill_type);
  return out;
}

}  // namespace

const tg_plugin* load_plugin(const std::string& path) {
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  void* const symbol = dlsym(library, TG_PLUGIN_ENTRY_NAME);
  if (!symbol) throw std::runtime_error(path + " has no entry");
  return reinterpret_cast<tg_plugin_entry>(symbol)();
}

Made::Made(const tg_plugin& plugin, std::string_view gateway, std::string_view settings_json)
    : plugin_(plugin), host_{sizeof(tg_host), 0, nullptr, &fill_random} {
  tg_channel_info info{sizeof(tg_channel_info), 0, {}, 0};
  char error[512] = "";
  handle_ = plugin.create(&host_, span(gateway), span(settings_json), &info, error, sizeof error);
  if (!handle_) throw sdk::SettingError(error);
  receiver_ = text(info.receiver);
}

Made::~Made() {
  plugin_.destroy(handle_);
}

Run::Run(const Made& made, const sdk::OperationInput& input, std::int64_t now_ms)
    : plugin_(made.plugin()) {
  const tg_operation_input c = to_c(input);
  tg_step first{sizeof(tg_step), 0, nullptr, nullptr, nullptr, nullptr, 0};
  handle_ = plugin_.begin(made.handle(), &c, now_ms, &first);
  if (!handle_) throw std::runtime_error("begin gave no operation");
  take(first);
}

Run::Run(const Made& made, const sdk::CallbackInput& input, std::int64_t now_ms)
    : plugin_(made.plugin()) {
  const auto headers = to_c(input.headers);
  const tg_callback_input c{sizeof(tg_callback_input),
                            static_cast<std::uint32_t>(headers.size()),
                            span(input.method),
                            span(input.path),
                            span(input.query),
                            span(input.body),
                            headers.data(),
                            input.max_age_s};
  tg_step first{sizeof(tg_step), 0, nullptr, nullptr, nullptr, nullptr, 0};
  handle_ = plugin_.begin_callback(made.handle(), &c, now_ms, &first);
  if (!handle_) throw std::runtime_error("begin_callback gave no operation");
  take(first);
}

Run::~Run() {
  if (handle_) plugin_.end(handle_);
}

void Run::resume(const sdk::Response& response, std::int64_t now_ms) {
  const auto headers = to_c(response.headers);
  const tg_response c{sizeof(tg_response),     static_cast<std::uint32_t>(response.transport),
                      response.status,         static_cast<std::uint32_t>(headers.size()),
                      headers.data(),          span(response.body),
                      response.more ? 1u : 0u, 0};
  tg_step next{sizeof(tg_step), 0, nullptr, nullptr, nullptr, nullptr, 0};
  plugin_.resume(handle_, &c, now_ms, &next);
  take(next);
}

void Run::resume_in_pieces(const sdk::Response& response, std::size_t piece_bytes,
                           std::int64_t now_ms) {
  sdk::Response piece = response;
  const bool pieces = response.transport == sdk::Transport::ok && response.status / 100 == 2;
  for (std::size_t at = 0; pieces && at < response.body.size(); at += piece_bytes) {
    piece.body = response.body.substr(at, piece_bytes);
    piece.more = true;
    resume(piece, now_ms);
    if (!std::holds_alternative<sdk::Continue>(step_)) return;
  }
  piece.body = pieces ? "" : response.body;
  piece.more = false;
  resume(piece, now_ms);
}

void Run::take(const tg_step& step) {
  const bool goes_on = (step.flags & TG_STEP_CONTINUE) != 0;
  const int set = (step.send != nullptr) + (step.outcome != nullptr) + (step.verdict != nullptr) +
                  (goes_on ? 1 : 0);
  if (set != 1) throw std::runtime_error("a step must be exactly one thing");
  if (goes_on) step_ = sdk::Continue{};
  for (std::size_t i = 0; i < step.line_count; ++i) lines_.push_back(to_cpp(step.lines[i]));
  if (step.send) step_ = to_cpp(*step.send);
  if (step.outcome) step_ = to_cpp(*step.outcome);
  if (step.verdict) step_ = to_cpp(*step.verdict);
}

std::string header(const sdk::Request& request, std::string_view name) {
  for (const auto& h : request.headers)
    if (h.name == name) return h.value;
  return {};
}

}  // namespace tollgate::test
