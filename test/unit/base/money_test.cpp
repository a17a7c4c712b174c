#include "base/money.hpp"

#include <catch2/catch.hpp>

#include "base/random.hpp"

using namespace tollgate;

namespace {
Currency currency(const char* code) {
  return *Currency::parse(code);
}
Money money(std::int64_t minor, const char* code) {
  return Money(minor, currency(code));
}
}  // namespace

TEST_CASE("only listed currencies exist, in upper case") {
  CHECK(Currency::parse("CNY"));
  for (const char* bad : {"", "cny", "CN", "CNYX", "XXX", "ZZZ", "AAA"})
    CHECK_FALSE(Currency::parse(bad));
}

TEST_CASE("an amount is written with exactly the currency's decimals") {
  CHECK(money(9900, "CNY").to_decimal() == "99.00");
  CHECK(money(5, "CNY").to_decimal() == "0.05");
  CHECK(money(-5, "CNY").to_decimal() == "-0.05");
  CHECK(money(500, "JPY").to_decimal() == "500");
  CHECK(money(1234, "KWD").to_decimal() == "1.234");
  CHECK(money(INT64_MIN, "CNY").to_decimal() == "-92233720368547758.08");
  CHECK(money(INT64_MIN, "JPY").to_decimal() == "-9223372036854775808");
}

TEST_CASE("decimals are read exactly or not at all") {
  const auto read = [](const char* text, const char* code) {
    const auto m = Money::parse_decimal(text, currency(code));
    return m ? std::optional(m->amount_minor()) : std::nullopt;
  };
  CHECK(read("99.00", "CNY") == 9900);
  CHECK(read("99.0", "CNY") == 9900);
  CHECK(read("99", "CNY") == 9900);
  CHECK(read("-0.05", "CNY") == -5);
  CHECK(read("0.1", "KWD") == 100);
  CHECK(read("92233720368547758.07", "CNY") == INT64_MAX);
  for (const char* bad :
       {"", ".", "1.", ".5", "1.234", "1,00", "+1", "1e2", " 1", "1 ", "0x1", "--1", "1.0.0",
        "92233720368547758.08", "99999999999999999999", "1.-1", "NaN"})
    CHECK_FALSE(read(bad, "CNY"));
  CHECK_FALSE(read("1.0", "JPY"));
}

TEST_CASE("writing and reading back gives the same amount for every exponent") {
  SeededRandom random(7);
  for (const char* code : {"CNY", "JPY", "KWD"})
    for (int i = 0; i < 2000; ++i) {
      const Money m = money(static_cast<std::int64_t>(random.u64() >> random.below(60)), code);
      CHECK(Money::parse_decimal(m.to_decimal(), m.currency()) == m);
    }
}

TEST_CASE("arithmetic answers nothing on overflow or between currencies") {
  CHECK(money(1, "CNY").plus(money(2, "CNY"))->amount_minor() == 3);
  CHECK_FALSE(money(INT64_MAX, "CNY").plus(money(1, "CNY")));
  CHECK_FALSE(money(INT64_MIN, "CNY").minus(money(1, "CNY")));
  CHECK_FALSE(money(INT64_MAX / 2 + 1, "CNY").times(2));
  CHECK_FALSE(money(1, "CNY").plus(money(1, "JPY")));
  CHECK_FALSE(money(1, "CNY").minus(money(1, "USD")));
}
