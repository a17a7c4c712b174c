#include "net/response_text.hpp"

#include <algorithm>
#include <charconv>

#include "base/json_writer.hpp"
#include "base/time.hpp"

namespace tollgate::net {
namespace {

bool belongs_to_server(std::string_view name) {
  static constexpr std::string_view names[] = {
      "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Date", "X-Request-Id"};
  return std::ranges::any_of(names,
                             [&](std::string_view own) { return equal_ignoring_case(own, name); });
}

void append_number(std::string& out, std::uint64_t value) {
  char digits[20];
  const auto [end, ec] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

/// Whether a response may have a body at all (RFC 9110 §6.4.1).
bool has_content(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

std::string_view DateText::now() {
  const TimeMs time = clock_.now();
  const std::int64_t second = time.ms / 1000;
  if (second != second_) {
    second_ = second;
    text_ = to_http_date(time);
  }
  return text_;
}

int write_response(const Response& response, const ResponseFrame& frame, std::string& out) {
  int dropped = 0;
  out.assign("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(response.status));
  out.append(" ").append(reason_phrase(response.status)).append("\r\nDate: ").append(frame.date);
  out.append("\r\nX-Request-Id: ").append(frame.request_id);
  for (const auto& [name, value] : response.headers.all()) {
    if (belongs_to_server(name)) continue;
    if (!is_field_name(name) || !is_field_value(value)) {
      ++dropped;
      continue;
    }
    out.append("\r\n").append(name).append(": ").append(value);
  }
  const bool content = has_content(response.status);
  if (content && !response.streamer) {
    out.append("\r\nContent-Length: ");
    append_number(out, response.body.size());
  }
  if (frame.connection == Connection::close) out.append("\r\nConnection: close");
  if (frame.connection == Connection::keep_alive_1_0) out.append("\r\nConnection: keep-alive");
  out.append("\r\n\r\n");
  if (content && !response.streamer && !frame.head_only) out.append(response.body);
  return dropped;
}

Response problem_response(Errc code, std::string_view detail, std::string_view request_id) {
  const int status = http_status(code);
  json::Writer body;
  body.begin_object();
  body.field("type", "about:blank").field("title", title(code)).field("status", status);
  body.field("detail", detail).field("code", to_string(code)).field("request_id", request_id);
  body.end_object();
  return Response(status, "application/problem+json", body.take());
}

}  // namespace tollgate::net
