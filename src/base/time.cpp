#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace tollgate {
namespace {

using namespace std::chrono;

struct Parts {
  year_month_day date;
  int hour, minute, second, ms;
  unsigned weekday;
};

Parts split(TimeMs time) {
  const sys_time<milliseconds> at{milliseconds{time.ms}};
  const auto day = floor<days>(at);
  const hh_mm_ss clock{at - day};
  return {year_month_day{day},
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count()),
          weekday{day}.c_encoding()};
}

/// Takes `count` digits off the front of `text`; -1 when they are not there.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

int take_fraction_ms(std::string_view& text) {
  if (!take(text, '.')) return 0;
  int ms = 0, digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 3) ms = ms * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0 || digits > 9) return -1;
  for (; digits < 3; ++digits) ms *= 10;
  return ms;
}

/// Minutes east of UTC, or nothing.
std::optional<int> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
  if (sign == 0) return std::nullopt;
  const int hours = take_digits(text, 2);
  if (hours < 0 || hours > 23 || !take(text, ':')) return std::nullopt;
  const int minutes = take_digits(text, 2);
  if (minutes < 0 || minutes > 59) return std::nullopt;
  return sign * (hours * 60 + minutes);
}

}  // namespace

std::string to_rfc3339(TimeMs time) {
  const Parts p = split(time);
  std::array<char, 40> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                    static_cast<int>(p.date.year()), static_cast<unsigned>(p.date.month()),
                    static_cast<unsigned>(p.date.day()), p.hour, p.minute, p.second, p.ms);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<TimeMs> from_rfc3339(std::string_view text) {
  const int y = take_digits(text, 4);
  if (y < 0 || !take(text, '-')) return std::nullopt;
  const int mon = take_digits(text, 2);
  if (mon < 1 || !take(text, '-')) return std::nullopt;
  const int d = take_digits(text, 2);
  if (d < 1 || !(take(text, 'T') || take(text, 't') || take(text, ' '))) return std::nullopt;
  const int h = take_digits(text, 2);
  if (h < 0 || h > 23 || !take(text, ':')) return std::nullopt;
  const int min = take_digits(text, 2);
  if (min < 0 || min > 59 || !take(text, ':')) return std::nullopt;
  const int s = take_digits(text, 2);
  if (s < 0 || s > 60) return std::nullopt;
  const int ms = take_fraction_ms(text);
  if (ms < 0) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const year_month_day date{year{y}, month{static_cast<unsigned>(mon)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  const std::int64_t day_ms =
      static_cast<std::int64_t>(sys_days{date}.time_since_epoch().count()) * 86'400'000;
  return TimeMs{day_ms + ((h * 60LL + min - *offset) * 60 + s) * 1000 + ms};
}

std::string to_http_date(TimeMs time) {
  static constexpr std::array days_of_week{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Parts p = split(time);
  std::array<char, 40> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                 days_of_week.at(p.weekday), static_cast<unsigned>(p.date.day()),
                                 months.at(static_cast<unsigned>(p.date.month()) - 1),
                                 static_cast<int>(p.date.year()), p.hour, p.minute, p.second);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace tollgate
