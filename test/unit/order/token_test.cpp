#include "order/token.hpp"

#include <catch2/catch.hpp>

using namespace tollgate;
using namespace tollgate::order;

namespace {
TokenMint mint_of(char c) {
  return TokenMint(Secret<std::string>(std::string(32, c)));
}
}  // namespace

TEST_CASE("a token opens to its order and holds only URL-safe characters") {
  const auto mint = mint_of('k');
  for (const std::int64_t value : {std::int64_t{1}, std::int64_t{382968365532053504}, INT64_MAX}) {
    const std::string token = mint.mint(OrderId(value));
    CHECK(token.size() == 27);
    CHECK(token.find_first_not_of(
              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
          std::string::npos);
    CHECK(mint.open(token) == OrderId(value));
  }
}

TEST_CASE("a token altered in any character, of another key or of another length opens nothing") {
  const auto mint = mint_of('k');
  const std::string token = mint.mint(OrderId(12345));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(mint.open(altered));
  }
  CHECK_FALSE(mint_of('x').open(token));
  for (const std::string& bad : {std::string(), token + "A", token.substr(1), std::string(27, '!')})
    CHECK_FALSE(mint.open(bad));
}
