#include "base/log.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "base/log_sink.hpp"

using namespace tollgate;

TEST_CASE("a line holds its fields as JSON") {
  std::string line;
  log::set_sink([&](log::Level, std::string_view written) { line = written; });
  const std::string text = "a \"b\"";
  log::info("e.f", {{"text", text},
                    {"part", std::string_view(text).substr(0, 1)},
                    {"literal", "\n"},
                    {"nothing", ""},
                    {"yes", true},
                    {"zero", 0},
                    {"least", std::numeric_limits<std::int64_t>::min()},
                    {"most", std::numeric_limits<std::uint64_t>::max()},
                    {"id", OrderId(std::numeric_limits<std::int64_t>::max())}});
  log::set_sink({});
  CHECK(line == R"("event":"e.f","text":"a \"b\"","part":"a","literal":"\n","nothing":"","yes":1,)"
                R"("zero":0,"least":-9223372036854775808,"most":18446744073709551615,)"
                R"("id":"9223372036854775807")");
}
