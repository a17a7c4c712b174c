#include "common/time.hpp"

#include <chrono>
#include <cstdio>

namespace tollgate::common {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
constexpr minutes beijing_offset{8 * 60};

/// Reads a text from its front; once something is wrong, it stays wrong.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!digit_ahead()) return fail();
      value = value * 10 + (take() - '0');
    }
    return value;
  }
  void literal(char upper, char lower) {
    if (rest_.empty() || (rest_[0] != upper && rest_[0] != lower))
      fail();
    else
      take();
  }
  void literal(char c) { literal(c, c); }

  /// ".123456": milliseconds, or 0 where there is no fraction.
  int fraction_ms() {
    if (rest_.empty() || rest_[0] != '.') return 0;
    take();
    if (!digit_ahead()) return fail();
    int value = 0;
    int place = 100;
    for (; digit_ahead(); place /= 10) value += (take() - '0') * place;
    return value;
  }
  minutes offset() {
    if (rest_ == "Z" || rest_ == "z") {
      take();
      return minutes(0);
    }
    const char sign = rest_.empty() ? '?' : take();
    const int hours = digits(2);
    literal(':');
    const int rest = digits(2);
    if ((sign != '+' && sign != '-') || hours > 23 || rest > 59) fail();
    return minutes((sign == '-' ? -1 : 1) * (hours * 60 + rest));
  }
  bool finished() const { return good_ && rest_.empty(); }

 private:
  bool digit_ahead() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
  char take() {
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }
  int fail() {
    good_ = false;
    return 0;
  }
  std::string_view rest_;
  bool good_ = true;
};

/// `form`: year, month, day, hour, minute, second.
std::string format_local(const char* form, std::int64_t unix_ms, minutes offset) {
  using namespace std::chrono;
  const auto local = floor<seconds>(sys_time<milliseconds>(milliseconds(unix_ms)) + offset);
  const auto date = floor<days>(local);
  const year_month_day ymd(date);
  const hh_mm_ss time(local - date);
  char text[64];
  std::snprintf(text, sizeof text, form, static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

}  // namespace

std::string format_beijing(std::int64_t unix_ms) {
  return format_local("%04d-%02u-%02u %02d:%02d:%02d", unix_ms, beijing_offset);
}

std::string format_compact(std::int64_t unix_ms, int utc_offset_h) {
  return format_local("%04d%02u%02u%02d%02d%02d", unix_ms, minutes(60 * utc_offset_h));
}

std::optional<std::int64_t> parse_compact(std::string_view text, int utc_offset_h) {
  if (text.size() != 14) return std::nullopt;
  std::string rfc;  // 2026-01-01T12:30:00Z
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i >= 4 && i % 2 == 0) rfc += std::string_view("--T::")[i / 2 - 2];
    rfc += text[i];
  }
  const auto utc = parse_rfc3339(rfc + "Z");
  if (!utc) return std::nullopt;
  return *utc - minutes(60 * utc_offset_h) / milliseconds(1);
}

std::string format_rfc3339_beijing(std::int64_t unix_ms) {
  std::string text = format_beijing(unix_ms) + "+08:00";
  text[text.find(' ')] = 'T';
  return text;
}

std::optional<std::int64_t> parse_beijing(std::string_view text) {
  constexpr std::size_t date_size = 10;
  if (text.size() != 19 || text[date_size] != ' ') return std::nullopt;
  std::string full = std::string(text) + "+08:00";
  full[date_size] = 'T';
  return parse_rfc3339(full);
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  Scanner in(text);
  const year y(in.digits(4));
  in.literal('-');
  const month m(static_cast<unsigned>(in.digits(2)));
  in.literal('-');
  const day d(static_cast<unsigned>(in.digits(2)));
  in.literal('T', 't');
  const int hour = in.digits(2);
  in.literal(':');
  const int minute = in.digits(2);
  in.literal(':');
  const int second = in.digits(2);
  const int fraction = in.fraction_ms();
  const minutes offset = in.offset();
  const year_month_day date(y, m, d);
  if (!in.finished() || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto at = sys_days(date) + hours(hour) + minutes(minute) + seconds(second) +
                  milliseconds(fraction) - offset;
  return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

}  // namespace tollgate::common
