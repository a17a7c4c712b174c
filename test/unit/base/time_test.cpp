#include "base/time.hpp"

#include <catch2/catch.hpp>

#include "base/utf8.hpp"

using namespace tollgate;

TEST_CASE("times are written in UTC with milliseconds") {
  CHECK(to_rfc3339({0}) == "1970-01-01T00:00:00.000Z");
  CHECK(to_rfc3339({1'795'339'800'123}) == "2026-11-22T09:30:00.123Z");
  CHECK(to_http_date({1'795'339'800'123}) == "Sun, 22 Nov 2026 09:30:00 GMT");
}

TEST_CASE("RFC 3339 is read with any offset and fraction") {
  const auto ms = [](const char* text) { return from_rfc3339(text)->ms; };
  CHECK(ms("2026-11-22T17:30:00+08:00") == 1'795'339'800'000);
  CHECK(ms("2026-11-22T09:30:00.123456789Z") == 1'795'339'800'123);
  CHECK(ms("2026-11-22t04:30:00.5-05:00") == 1'795'339'800'500);
  CHECK(ms("2024-02-29T00:00:00Z") == 1'709'164'800'000);
}

TEST_CASE("what is no time is refused") {
  for (const char* bad :
       {"", "2026", "2026-11-22", "2026-11-22T09:30:00", "2026-13-01T00:00:00Z",
        "2025-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T09:60:00Z",
        "2026-11-22T09:30:00.Z", "2026-11-22T09:30:00Zx", "2026-11-22T09:30:00+25:00",
        "2026-11-22T09:30:00+08", "2026-1-22T09:30:00Z", "-026-11-22T09:30:00Z"})
    CHECK_FALSE(from_rfc3339(bad));
}

TEST_CASE("UTF-8 is checked as RFC 3629 says") {
  for (const char* good : {"", "a", "\xC2\xA2", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xEF\xBF\xBD"})
    CHECK(is_valid_utf8(good));
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC2", "\xE0\x80\xAF", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "a\xFFz"})
    CHECK_FALSE(is_valid_utf8(bad));
  CHECK(repair_utf8("a\xFFz") == "a\xEF\xBF\xBDz");
  CHECK(utf8_length("a\xE2\x82\xAC\xF0\x9F\x98\x80") == 3);
  CHECK(utf8_prefix("a\xE2\x82\xACz", 2) == "a\xE2\x82\xAC");
}
