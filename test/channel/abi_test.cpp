// The C boundary does not move within a major version.
#include <dlfcn.h>
#include <elf.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "subject.hpp"

namespace tollgate::test {
namespace {

#define STRUCT(type) out << #type " size " << sizeof(type) << " align " << alignof(type) << "\n"
#define FIELD(type, field) \
  out << "  " #field " at " << offsetof(type, field) << " size " << sizeof(type::field) << "\n"

void requests_and_answers(std::ostream& out) {
  STRUCT(tg_span);
  FIELD(tg_span, data);
  FIELD(tg_span, size);
  STRUCT(tg_header);
  FIELD(tg_header, name);
  FIELD(tg_header, value);
  FIELD(tg_header, secret);
  FIELD(tg_header, reserved);
  STRUCT(tg_request);
  FIELD(tg_request, struct_size);
  FIELD(tg_request, header_count);
  FIELD(tg_request, method);
  FIELD(tg_request, url);
  FIELD(tg_request, body);
  FIELD(tg_request, recorded_body);
  FIELD(tg_request, headers);
  FIELD(tg_request, resend_safe);
  FIELD(tg_request, timeout_ms);
  FIELD(tg_request, stream);
  FIELD(tg_request, reserved);
  STRUCT(tg_response);
  FIELD(tg_response, struct_size);
  FIELD(tg_response, transport);
  FIELD(tg_response, status);
  FIELD(tg_response, header_count);
  FIELD(tg_response, headers);
  FIELD(tg_response, body);
  FIELD(tg_response, more);
  FIELD(tg_response, reserved);
}

void inputs(std::ostream& out) {
  STRUCT(tg_operation_input);
  FIELD(tg_operation_input, struct_size);
  FIELD(tg_operation_input, operation);
  FIELD(tg_operation_input, method);
  FIELD(tg_operation_input, pay_no);
  FIELD(tg_operation_input, refund_no);
  FIELD(tg_operation_input, channel_trade_no);
  FIELD(tg_operation_input, channel_refund_no);
  FIELD(tg_operation_input, amount);
  FIELD(tg_operation_input, total);
  FIELD(tg_operation_input, currency);
  FIELD(tg_operation_input, description);
  FIELD(tg_operation_input, notify_url);
  FIELD(tg_operation_input, return_url);
  FIELD(tg_operation_input, cancel_url);
  FIELD(tg_operation_input, client_ip);
  FIELD(tg_operation_input, openid);
  FIELD(tg_operation_input, reason);
  FIELD(tg_operation_input, bill_date);
  FIELD(tg_operation_input, state);
  FIELD(tg_operation_input, created_ms);
  FIELD(tg_operation_input, expires_ms);
  FIELD(tg_operation_input, bill_type);
  STRUCT(tg_callback_input);
  FIELD(tg_callback_input, struct_size);
  FIELD(tg_callback_input, header_count);
  FIELD(tg_callback_input, method);
  FIELD(tg_callback_input, path);
  FIELD(tg_callback_input, query);
  FIELD(tg_callback_input, body);
  FIELD(tg_callback_input, headers);
  FIELD(tg_callback_input, max_age_s);
}

void results(std::ostream& out) {
  STRUCT(tg_outcome);
  FIELD(tg_outcome, struct_size);
  FIELD(tg_outcome, verdict);
  FIELD(tg_outcome, reason);
  FIELD(tg_outcome, action);
  FIELD(tg_outcome, material);
  FIELD(tg_outcome, material_expires_ms);
  FIELD(tg_outcome, pay_no);
  FIELD(tg_outcome, refund_no);
  FIELD(tg_outcome, channel_trade_no);
  FIELD(tg_outcome, channel_refund_no);
  FIELD(tg_outcome, amount);
  FIELD(tg_outcome, refund_amount);
  FIELD(tg_outcome, currency);
  FIELD(tg_outcome, time_ms);
  FIELD(tg_outcome, receiver);
  FIELD(tg_outcome, channel_code);
  FIELD(tg_outcome, channel_message);
  FIELD(tg_outcome, state);
  FIELD(tg_outcome, retry_after_s);
  STRUCT(tg_verdict);
  FIELD(tg_verdict, struct_size);
  FIELD(tg_verdict, authentic);
  FIELD(tg_verdict, kind);
  FIELD(tg_verdict, refusal);
  FIELD(tg_verdict, event_id);
  FIELD(tg_verdict, event_type);
  FIELD(tg_verdict, outcome);
  FIELD(tg_verdict, ack_status);
  FIELD(tg_verdict, nack_status);
  FIELD(tg_verdict, ack_body);
  FIELD(tg_verdict, ack_content_type);
  FIELD(tg_verdict, nack_body);
  FIELD(tg_verdict, nack_content_type);
  STRUCT(tg_bill_line);
  FIELD(tg_bill_line, struct_size);
  FIELD(tg_bill_line, kind);
  FIELD(tg_bill_line, status);
  FIELD(tg_bill_line, reserved);
  FIELD(tg_bill_line, pay_no);
  FIELD(tg_bill_line, refund_no);
  FIELD(tg_bill_line, channel_trade_no);
  FIELD(tg_bill_line, channel_refund_no);
  FIELD(tg_bill_line, amount);
  FIELD(tg_bill_line, fee);
  FIELD(tg_bill_line, currency);
  FIELD(tg_bill_line, time_ms);
  FIELD(tg_bill_line, channel_kind);
  STRUCT(tg_step);
  FIELD(tg_step, struct_size);
  FIELD(tg_step, flags);
  FIELD(tg_step, send);
  FIELD(tg_step, outcome);
  FIELD(tg_step, verdict);
  FIELD(tg_step, lines);
  FIELD(tg_step, line_count);
}

void descriptions(std::ostream& out) {
  STRUCT(tg_capability);
  FIELD(tg_capability, struct_size);
  FIELD(tg_capability, components);
  FIELD(tg_capability, action);
  FIELD(tg_capability, needs);
  FIELD(tg_capability, method);
  FIELD(tg_capability, currencies);
  FIELD(tg_capability, title);
  FIELD(tg_capability, amount_max);
  STRUCT(tg_setting);
  FIELD(tg_setting, struct_size);
  FIELD(tg_setting, flags);
  FIELD(tg_setting, name);
  FIELD(tg_setting, description);
  STRUCT(tg_host);
  FIELD(tg_host, struct_size);
  FIELD(tg_host, reserved);
  FIELD(tg_host, context);
  FIELD(tg_host, fill_random);
  STRUCT(tg_channel_info);
  FIELD(tg_channel_info, struct_size);
  FIELD(tg_channel_info, reserved);
  FIELD(tg_channel_info, receiver);
  FIELD(tg_channel_info, bill_utc_offset_s);
  STRUCT(tg_plugin);
  FIELD(tg_plugin, struct_size);
  FIELD(tg_plugin, abi_major);
  FIELD(tg_plugin, abi_minor);
  FIELD(tg_plugin, channel);
  FIELD(tg_plugin, version);
  FIELD(tg_plugin, title);
  FIELD(tg_plugin, capabilities);
  FIELD(tg_plugin, capability_count);
  FIELD(tg_plugin, settings);
  FIELD(tg_plugin, setting_count);
  FIELD(tg_plugin, create);
  FIELD(tg_plugin, destroy);
  FIELD(tg_plugin, begin);
  FIELD(tg_plugin, begin_callback);
  FIELD(tg_plugin, resume);
  FIELD(tg_plugin, end);
}

#define VALUE(name) out << #name " " << static_cast<long long>(name) << "\n"

void values(std::ostream& out) {
  for (const auto* entry : {TG_PLUGIN_ENTRY_NAME}) out << "entry " << entry << "\n";
  VALUE(TG_ABI_MAJOR);
  VALUE(TG_OP_PAY);
  VALUE(TG_OP_CAPTURE);
  VALUE(TG_OP_QUERY);
  VALUE(TG_OP_CLOSE);
  VALUE(TG_OP_REFUND);
  VALUE(TG_OP_QUERY_REFUND);
  VALUE(TG_OP_FETCH_BILL);
  VALUE(TG_OP_CALLBACK);
  VALUE(TG_ACTION_NONE);
  VALUE(TG_ACTION_QR);
  VALUE(TG_ACTION_REDIRECT);
  VALUE(TG_ACTION_FORM);
  VALUE(TG_ACTION_JSAPI);
  VALUE(TG_ACTION_APP);
  VALUE(TG_ACTION_APP_STRING);
  VALUE(TG_NEEDS_OPENID);
  VALUE(TG_NEEDS_CLIENT_IP);
  VALUE(TG_NEEDS_RETURN_URL);
  VALUE(TG_SETTING_REQUIRED);
  VALUE(TG_SETTING_SECRET);
  VALUE(TG_SETTING_FILE);
  VALUE(TG_LINE_PAYMENT);
  VALUE(TG_LINE_REFUND);
  VALUE(TG_LINE_FEE);
  VALUE(TG_LINE_OTHER);
  VALUE(TG_STEP_CONTINUE);
  VALUE(TG_SENT_OK);
  VALUE(TG_SENT_NOT);
  VALUE(TG_SENT_MAYBE);
  VALUE(TG_UNKNOWN);
  VALUE(TG_PENDING);
  VALUE(TG_SUCCEEDED);
  VALUE(TG_FAILED);
  VALUE(TG_RETRY);
  VALUE(TG_REASON_NONE);
  VALUE(TG_REASON_CLOSED);
  VALUE(TG_REASON_NOT_FOUND);
  VALUE(TG_REASON_ALREADY_PAID);
  VALUE(TG_REASON_FREQUENCY);
  VALUE(TG_REASON_BALANCE);
  VALUE(TG_REASON_REJECTED);
  VALUE(TG_REASON_CONFIGURATION);
  VALUE(TG_REASON_UNVERIFIED);
  VALUE(TG_REASON_PLUGIN_EXCEPTION);
  VALUE(TG_REASON_AUTHORISED);
  VALUE(TG_REFUSED_NONE);
  VALUE(TG_REFUSED_MALFORMED);
  VALUE(TG_REFUSED_MISSING_HEADER);
  VALUE(TG_REFUSED_STALE);
  VALUE(TG_REFUSED_UNKNOWN_SERIAL);
  VALUE(TG_REFUSED_SIGNATURE_MISMATCH);
  VALUE(TG_REFUSED_DECRYPTION);
  VALUE(TG_REFUSED_UNAVAILABLE);
}

std::string snapshot() {
  std::ostringstream out;
  values(out);
  requests_and_answers(out);
  inputs(out);
  results(out);
  descriptions(out);
  return out.str();
}

std::string file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

template <class T>
T read_at(const std::string& image, std::size_t at) {
  REQUIRE(at + sizeof(T) <= image.size());
  T value;
  std::memcpy(&value, image.data() + at, sizeof value);
  return value;
}

/// Names of the symbols that a shared library defines for others: what `nm -D --defined-only`
/// shows.
std::vector<std::string> exported(const std::string& path) {
  const std::string image = file(path);
  const auto header = read_at<Elf64_Ehdr>(image, 0);
  const auto section = [&](std::size_t index) {
    return read_at<Elf64_Shdr>(image, header.e_shoff + index * sizeof(Elf64_Shdr));
  };
  std::vector<std::string> names;
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    const auto table = section(i);
    if (table.sh_type != SHT_DYNSYM) continue;
    const auto texts = section(table.sh_link);
    for (std::size_t at = 0; at < table.sh_size; at += sizeof(Elf64_Sym)) {
      const auto symbol = read_at<Elf64_Sym>(image, table.sh_offset + at);
      if (symbol.st_shndx != SHN_UNDEF && symbol.st_name != 0)
        names.emplace_back(image.c_str() + texts.sh_offset + symbol.st_name);
    }
  }
  return names;
}

}  // namespace

TEST_CASE("sizes, offsets and numbers of ABI version 1 are those that were committed",
          "[channel][abi]") {
  // A new minor appends fields and so changes a struct's own size; nothing else may ever differ. To
  // accept one, run this with TOLLGATE_WRITE_SNAPSHOT=1.
  const std::string path = TOLLGATE_TEST_SOURCE_DIR "/abi_v1.snapshot";
  if (std::getenv("TOLLGATE_WRITE_SNAPSHOT")) std::ofstream(path) << snapshot();
  CHECK(snapshot() == file(path));
}

TEST_CASE("a plugin's library exports its entry and nothing else", "[channel][abi]") {
  for (const auto& subject : subjects()) {
    CAPTURE(subject.channel);
    CHECK(exported(TOLLGATE_TEST_PLUGIN_DIR "/" + subject.channel + ".so") ==
          std::vector<std::string>{TG_PLUGIN_ENTRY_NAME});
  }
}

TEST_CASE("both forms of a plugin say the same of themselves", "[channel][abi]") {
  const auto text = [](tg_span span) { return std::string(span.data, span.size); };
  for (const auto& subject : subjects()) {
    CAPTURE(subject.channel);
    REQUIRE(subject.forms.size() == 2);
    const tg_plugin& a = *subject.forms[0].plugin;
    const tg_plugin& b = *subject.forms[1].plugin;
    CHECK(&a != &b);
    CHECK(text(a.version) == text(b.version));
    REQUIRE(a.capability_count == b.capability_count);
    for (std::size_t i = 0; i < a.capability_count; ++i) {
      CHECK(text(a.capabilities[i].method) == text(b.capabilities[i].method));
      CHECK(a.capabilities[i].components == b.capabilities[i].components);
    }
    REQUIRE(a.setting_count == b.setting_count);
  }
}

}  // namespace tollgate::test
