// Sums of a day, by currency: what the bill says, and what our books say.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "reconciliation/model.hpp"

namespace tollgate::reconciliation {

class Totals {
 public:
  struct Side {
    std::int64_t payments = 0, paid = 0, refunds = 0, refunded = 0;
  };
  struct OfCurrency {
    Side ours, theirs;
    std::int64_t fees = 0;   ///< What the channel kept, less what it gave back.
    std::int64_t other = 0;  ///< Withdrawals and the like, signed.
  };

  void add(const Line& line);
  void add(Subject subject, const Ours& ours);
  /// Those of a day, as to_json() wrote them; false where they are not.
  bool add_json(const std::string& totals);
  const std::map<std::string, OfCurrency>& by_currency() const { return by_currency_; }
  std::string to_json() const;

 private:
  std::map<std::string, OfCurrency> by_currency_;
};

/// Sums of a bill of funds, by currency.
class Funds {
 public:
  struct OfCurrency {
    std::int64_t lines = 0, in = 0, out = 0;
  };

  /// A payment came in, a refund went out; of others and of fees the sign says which.
  void add(const sdk::BillLine& line);
  std::string to_json() const;

 private:
  std::map<std::string, OfCurrency> by_currency_;
};

}  // namespace tollgate::reconciliation
