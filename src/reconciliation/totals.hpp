// Sums of a day, by currency: what the bill says, and what our books say.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/json_reader.hpp"
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

  /// As many currencies as there may be in one.
  static constexpr std::size_t max_currencies = 400;

  void add(const Line& line);
  void add(Subject subject, const Ours& ours);
  /// False once a sum has left the integers, or there are too many currencies: they are no totals.
  bool is_sound() const { return sound_; }
  /// Those of a day, as to_json() wrote them; false where they are not, or not sound.
  bool add_json(const std::string& totals);
  const std::map<std::string, OfCurrency>& by_currency() const { return by_currency_; }
  std::string to_json() const;

 private:
  OfCurrency& of(const std::string& currency);
  void add_to(std::int64_t& sum, std::int64_t amount);
  void add_to(Side& side, Subject subject, std::int64_t amount);
  void read(json::Object& in, std::string_view name, Side& side);

  std::map<std::string, OfCurrency> by_currency_;
  OfCurrency beyond_;  ///< What of too many currencies goes into.
  bool sound_ = true;
};

/// Sums of a bill of funds, by currency.
class Funds {
 public:
  struct OfCurrency {
    std::int64_t lines = 0, in = 0, out = 0;
  };

  /// A payment came in, a refund went out; of others and of fees the sign says which.
  void add(const sdk::BillLine& line);
  /// As of Totals.
  bool is_sound() const { return sound_; }
  std::string to_json() const;

 private:
  std::map<std::string, OfCurrency> by_currency_;
  bool sound_ = true;
};

}  // namespace tollgate::reconciliation
