#include "base/error.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace tollgate;

TEST_CASE("every error has a word of its own, a status and a title") {
  std::set<std::string_view> words;
  for (int i = 0; i < static_cast<int>(Errc::last_); ++i) {
    const auto code = static_cast<Errc>(i);
    CHECK(words.insert(to_string(code)).second);
    CHECK(http_status(code) >= 400);
    CHECK(http_status(code) < 600);
    CHECK_FALSE(title(code).empty());
  }
}

TEST_CASE("asking an error for its value is a bug that throws") {
  const Result<int> failed = Error(Errc::order_closed);
  CHECK_THROWS_AS(failed.value(), std::logic_error);
}
