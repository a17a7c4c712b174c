#include "base/metrics.hpp"

#include <catch2/catch.hpp>

using namespace tollgate;

TEST_CASE("metrics are written in the Prometheus text format") {
  Metrics metrics;
  metrics.counter("a_total", "A", {{"x", "1\"2"}}).add(3);
  metrics.gauge("b", "B", [] { return 7; });
  metrics.histogram("c_seconds", "C").observe_us(1'500);
  const std::string text = metrics.render();
  CHECK(text.find("# HELP a_total A\n# TYPE a_total counter\na_total{x=\"1\\\"2\"} 3\n") !=
        text.npos);
  CHECK(text.find("# TYPE b gauge\nb 7\n") != text.npos);
  CHECK(text.find("c_seconds_bucket{le=\"0.001\"} 0\n") != text.npos);
  CHECK(text.find("c_seconds_bucket{le=\"0.0025\"} 1\n") != text.npos);
  CHECK(text.find("c_seconds_bucket{le=\"+Inf\"} 1\nc_seconds_sum 0.0015\nc_seconds_count 1\n") !=
        text.npos);
}

TEST_CASE("the same name and labels give the same counter") {
  Metrics metrics;
  CHECK(&metrics.counter("a", "", {{"x", "1"}}) == &metrics.counter("a", "", {{"x", "1"}}));
  CHECK(&metrics.counter("a", "", {{"x", "1"}}) != &metrics.counter("a", "", {{"x", "2"}}));
}
