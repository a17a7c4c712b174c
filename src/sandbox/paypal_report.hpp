// Transaction Search: what moved in a while (paypal.md section 3.4).
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "net/http.hpp"
#include "sandbox/context.hpp"
#include "sandbox/paypal_error.hpp"
#include "sandbox/paypal_keys.hpp"

namespace tollgate::sandbox {

/// Thread-safe. The first page of a report is made from the books, with the faults of bills; the
/// pages after it are of the same report.
class PaypalReports {
 public:
  static constexpr std::int64_t longest_span_s = 31 * 86'400;
  static constexpr std::size_t max_reports = 64;  ///< Over it the oldest is forgotten.

  explicit PaypalReports(Context& context) : context_(context) {}

  /// GET /v1/reporting/transactions by `app`: its body, or the refusal.
  std::variant<std::string, PaypalError> page(const net::Request& request, const PaypalApp& app,
                                              const std::optional<Fault>& fault);

 private:
  struct Report {
    std::vector<BillEntry> entries;
    TimeMs refreshed;
    std::size_t told_items = 0;
  };
  struct Wish;
  Report make(const Wish& wish, const PaypalApp& app, const std::optional<Fault>& fault) const;
  std::string body(const Wish& wish, const Report& report, const PaypalApp& app) const;

  Context& context_;
  std::mutex mutex_;
  std::map<std::string, Report> reports_;  // by app and span
  std::vector<std::string> order_;
};

}  // namespace tollgate::sandbox
