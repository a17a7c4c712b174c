// Encodings of bytes as text, the host's and the plugins': there and back, and both the same.
#include <algorithm>

#include "base/crypto.hpp"
#include "base/utf8.hpp"
#include "common/encoding.hpp"
#include "fuzz.hpp"
#include "net/http.hpp"

namespace {

using namespace tollgate;

void check_utf8(std::string_view text) {
  const auto repaired = repair_utf8(text);
  MUST(is_valid_utf8(repaired));
  MUST(repair_utf8(repaired) == repaired);
  MUST(!is_valid_utf8(text) || repaired == text);
  const auto length = utf8_length(repaired);
  MUST(length <= repaired.size());
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, length / 2, length, length + 1}) {
    const auto front = utf8_prefix(repaired, count);
    MUST(is_valid_utf8(front) && utf8_length(front) == std::min(count, length));
  }
  for (const std::size_t max : {std::size_t{0}, std::size_t{5}, text.size()}) {
    MUST(common::bounded(text, max).size() <= max);
    MUST(is_valid_utf8(common::bounded(repaired, max)));
    const auto bmp = common::bmp_text(text, max);
    MUST(is_valid_utf8(bmp) && utf8_length(bmp) <= max && !has_control_characters(bmp));
  }
}

void check_bytes(std::string_view bytes) {
  MUST(base64_decode(base64_encode(bytes)) == bytes);
  MUST(common::base64_decode(common::base64_encode(bytes)) == bytes);
  MUST(base64_encode(bytes) == common::base64_encode(bytes));
  MUST(hex_lower(bytes) == common::hex_lower(bytes) && hex_lower(bytes).size() == 2 * bytes.size());
  MUST(base64url_encode(bytes).find_first_of("+/=") == std::string::npos);
  const auto percent = net::percent_encode(bytes);
  MUST(net::percent_decode(percent) == bytes && net::percent_decode(percent, true) == bytes);
  MUST(common::url_encode(bytes) == percent);
}

/// What is accepted has one form only.
void check_reading(std::string_view text) {
  const auto bytes = base64_decode(text);
  if (bytes) MUST(base64_encode(*bytes) == text);
  MUST(bytes == common::base64_decode(text));
  if (const auto decoded = net::percent_decode(text))
    MUST(net::percent_decode(net::percent_encode(*decoded)) == decoded);
  net::percent_decode(text, true);
  if (const auto number = common::parse_digits(text)) {
    MUST(*number >= 0 && text.size() <= 18);
    MUST(text.find_first_not_of("0123456789") == text.npos);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_utf8(text);
  check_bytes(text);
  check_reading(text);
  return 0;
}
