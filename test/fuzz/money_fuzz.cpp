// Amounts: exact both ways, and no overflow that goes unseen. Input: a currency, an amount, a text.
#include "base/money.hpp"
#include "console/amount.hpp"
#include "fuzz.hpp"

namespace {

using tollgate::Currency;
using tollgate::Money;

void check_arithmetic(const Money& a, const Money& b) {
  const __int128 left = a.amount_minor(), right = b.amount_minor();
  const auto fits = [](__int128 value) { return value >= INT64_MIN && value <= INT64_MAX; };
  const auto equal = [&](const std::optional<Money>& got, __int128 wanted) {
    return fits(wanted) ? got && got->amount_minor() == wanted : !got;
  };
  MUST(equal(a.plus(b), left + right));
  MUST(equal(a.minus(b), left - right));
  MUST(equal(a.times(b.amount_minor()), left * right));
}

/// "1,234.50" is "1234.50" with a comma before every third digit.
void check_shown(const Money& money) {
  const auto shown = tollgate::console::amount_text(money.amount_minor(), money.currency().code());
  std::string plain;
  for (const char c : shown.number)
    if (c != ',') plain += c;
  MUST(plain == shown.decimal && shown.decimal == money.to_decimal());
  MUST(!shown.number.starts_with(',') && shown.number.find(",,") == std::string::npos);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tollgate::fuzz::Input input(data, size);
  const auto code = input.bytes(3);
  const auto currency = Currency::parse(code);
  const auto other = Currency::parse("KWD").value();
  if (!currency) return 0;
  MUST(currency->code() == code && currency->exponent() >= 0 && currency->exponent() <= 3);

  const Money money(input.i64(), *currency);
  const auto decimal = money.to_decimal();
  const auto back = Money::parse_decimal(decimal, *currency);
  MUST(back && *back == money);
  check_shown(money);
  check_arithmetic(money, Money(input.i64(), *currency));
  if (*currency != other) MUST(!money.plus(Money(1, other)) && !money.minus(Money(1, other)));

  const auto text = input.rest();
  if (const auto parsed = Money::parse_decimal(text, *currency)) {
    MUST(text.find_first_not_of("-.0123456789") == text.npos);
    MUST(Money::parse_decimal(parsed->to_decimal(), *currency) == parsed);
    if (text.find('.') == text.npos && text.size() < 10) {
      std::int64_t scale = 1;
      for (int i = 0; i < currency->exponent(); ++i) scale *= 10;
      MUST(parsed->amount_minor() == std::stoll(std::string(text)) * scale);
    }
  }
  return 0;
}
