// The books that a bill is laid against: payments and refunds as the reconciliation sees them.
#pragma once

#include <string>

#include "payment/attempts.hpp"
#include "reconciliation/ports.hpp"
#include "refund/runner.hpp"

namespace tollgate::app {

/// The reconciliation asks, payments answer. Money in another amount counts as what came.
class PaymentBooks final : public reconciliation::Books {
 public:
  explicit PaymentBooks(payment::Attempts& attempts) : attempts_(attempts) {}
  std::optional<reconciliation::Ours> find(db::Tx& tx, const std::string& account_id,
                                           const std::string& number) override;
  reconciliation::Moved moved(db::Tx& tx, const std::string& account_id,
                              const reconciliation::Day& day, reconciliation::After after,
                              int limit) override;
  boost::asio::awaitable<reconciliation::Answer> ask(std::string number) override;

 private:
  payment::Attempts& attempts_;
};

/// The reconciliation asks, refunds answer.
class RefundBooks final : public reconciliation::Books {
 public:
  explicit RefundBooks(refund::Runner& runner) : runner_(runner) {}
  std::optional<reconciliation::Ours> find(db::Tx& tx, const std::string& account_id,
                                           const std::string& number) override;
  reconciliation::Moved moved(db::Tx& tx, const std::string& account_id,
                              const reconciliation::Day& day, reconciliation::After after,
                              int limit) override;
  boost::asio::awaitable<reconciliation::Answer> ask(std::string number) override;

 private:
  refund::Runner& runner_;
};

}  // namespace tollgate::app
