// Asks the channel about each difference that its answer can settle, and applies what it says.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "reconciliation/model.hpp"
#include "reconciliation/ports.hpp"

namespace tollgate::reconciliation {

class Asker {
 public:
  struct Services {
    db::Database& database;
    const Clock& clock;
    Books& payments;
    Books& refunds;
  };
  explicit Asker(Services services) : services_(services) {}

  /// Asks about what waits for an answer of the account's channel. False where one gave none: the
  /// rest is to be asked later. With `give_up` those are left for an operator.
  boost::asio::awaitable<bool> ask(std::string account_id, bool give_up);

 private:
  boost::asio::awaitable<bool> settle(Difference difference, bool give_up);

  Services services_;
};

/// What the answer makes of a difference; `now` is how our books stand after it was applied.
Resolution resolution_of(const Difference& difference, const std::optional<Ours>& now,
                         const Answer& answer);

}  // namespace tollgate::reconciliation
