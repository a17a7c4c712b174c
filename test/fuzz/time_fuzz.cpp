// Times as text, the host's and the plugins' reader alike. Input: a number, then a text.
#include <algorithm>
#include <ctime>

#include "base/time.hpp"
#include "common/time.hpp"
#include "fuzz.hpp"

namespace {

using namespace tollgate;

/// What the C library makes of the same seconds.
std::string by_c_library(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts)};
}

std::size_t fraction_digits(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == text.npos) return 0;
  return std::min(text.find_first_not_of("0123456789", dot + 1), text.size()) - dot - 1;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  // The years 0001 to 9999 have four digits.
  constexpr std::int64_t first_ms = -62'135'596'800'000, last_ms = 253'402'300'799'999;
  const auto span = static_cast<std::uint64_t>(last_ms - first_ms) + 1;
  const TimeMs time{first_ms + static_cast<std::int64_t>(input.u64() % span)};
  const auto text = to_rfc3339(time);
  MUST(text.size() == 24 && from_rfc3339(text) == time);
  MUST(to_http_date(time).size() == 29);
  constexpr std::int64_t year_1001_ms = -30'578'688'000'000;  // strftime pads no years
  if (time.ms >= year_1001_ms)
    MUST(text.starts_with(by_c_library((time.ms - first_ms) / 1000 + first_ms / 1000)));

  const auto given = input.rest();
  const auto read = from_rfc3339(given);
  if (read) {
    MUST(given.size() >= 20 && given.size() <= 35);
    // An offset may lead just beyond year 0000 or 9999.
    if (read->ms >= first_ms && read->ms <= last_ms) MUST(from_rfc3339(to_rfc3339(*read)) == read);
  }
  if (const auto by_plugins = common::parse_rfc3339(given)) {
    // Channels may send any number of digits, of which three are used.
    MUST(read.has_value() || fraction_digits(given) > 9);
    if (read) MUST(*by_plugins == read->ms);
  }
  return 0;
}
