// Counters, gauges and histograms in the Prometheus text format.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

class Counter {
 public:
  void add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Durations; buckets from 1 ms to 30 s.
class Histogram {
 public:
  static constexpr std::array<std::int64_t, 14> bounds_us{
      500,     1'000,   2'500,   5'000,     10'000,    25'000,     50'000,
      100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000, 30'000'000};
  void observe_us(std::int64_t us);

 private:
  friend class Metrics;
  std::array<std::atomic<std::int64_t>, bounds_us.size() + 1> buckets_{};
  std::atomic<std::int64_t> sum_us_{0};
};

/// The registry. References handed out live as long as it; look them up once where it is hot.
/// Thread-safe. Label values must be of low cardinality: never an order or a request id.
class Metrics {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, Labels labels = {});
  /// `read` is called at each scrape, from any thread.
  void gauge(std::string_view name, std::string_view help, std::function<std::int64_t()> read);

  /// Exposition format 0.0.4.
  std::string render() const;

 private:
  struct Family {
    std::string help;
    std::map<std::string, std::unique_ptr<Counter>> counters;
    std::map<std::string, std::unique_ptr<Histogram>> histograms;
    std::function<std::int64_t()> gauge;
  };
  static std::string label_text(Labels labels);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace tollgate
