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
  const std::map<std::string, OfCurrency>& by_currency() const { return by_currency_; }
  std::string to_json() const;

 private:
  std::map<std::string, OfCurrency> by_currency_;
};

}  // namespace tollgate::reconciliation
