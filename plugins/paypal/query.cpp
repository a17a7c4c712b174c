// Asking for an order, and closing one (paypal.md section 3.2). PayPal has no call that closes an
// order: it is closed here, by never capturing it, once PayPal says that no money has moved.
#include "paypal/exchange.hpp"
#include "paypal/operations.hpp"
#include "paypal/order.hpp"
#include "paypal/state.hpp"

namespace tollgate::paypal {
namespace {

using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

/// GET of the attempt's order, believed where it is about that order and that attempt.
class Look : public Exchange {
 public:
  Look(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)), state_(AttemptState::of(input_.state)) {}

 protected:
  Move ask(std::int64_t) final {
    if (!state_.order_id.empty()) return order_request(state_.order_id);
    // The link of an order is handed out together with its id: without the id nobody has the link,
    // and nobody can approve.
    return without_order();
  }

  Move accepted(const sdk::Response& response, std::int64_t now_ms) final {
    const auto answer = common::JsonDocument::parse(response.body);
    if (!answer) return unknown("no_json", "the answer is no JSON");
    OrderFacts facts = read_order(answer->root(), account_);
    if (facts.id != state_.order_id || facts.outcome.pay_no != input_.pay_no)
      return unknown("another_order", "the answer is not about the order that was asked for");
    return found(std::move(facts), now_ms);
  }

  Move refused(const ApiError& error, std::int64_t) final {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.gone()) return gone(error);
    return error.outcome(Verdict::unknown,
                         error.configuration() ? Reason::configuration : Reason::none);
  }

  virtual Outcome without_order() = 0;
  virtual Outcome found(OrderFacts facts, std::int64_t now_ms) = 0;
  virtual Outcome gone(const ApiError& error) = 0;

  const sdk::OperationInput input_;
  const AttemptState state_;
};

class Query final : public Look {
 public:
  using Look::Look;

 protected:
  Outcome without_order() override {
    Outcome outcome(Verdict::pending, Reason::not_found);
    outcome.channel_code = "no_order";
    outcome.channel_message = "no order of PayPal's was handed out for this attempt";
    return outcome;
  }

  Outcome found(OrderFacts facts, std::int64_t now_ms) override {
    Outcome& outcome = facts.outcome;
    if (outcome.reason == Reason::authorised && !state_.may_capture(facts.seen, now_ms)) {
      outcome.reason = Reason::none;
      outcome.channel_message = "declined: waits for the buyer to approve again";
    }
    return std::move(outcome);
  }

  Outcome gone(const ApiError& error) override {
    return error.outcome(Verdict::failed, Reason::closed);
  }
};

class Close final : public Look {
 public:
  using Look::Look;

 protected:
  Outcome without_order() override { return closed("no_order"); }

  Outcome found(OrderFacts facts, std::int64_t) override {
    Outcome& outcome = facts.outcome;
    if (facts.open) return closed(outcome.channel_code);
    if (outcome.verdict == Verdict::succeeded) {
      outcome.verdict = Verdict::failed;
      outcome.reason = Reason::already_paid;
    } else if (outcome.verdict == Verdict::failed) {
      return closed(outcome.channel_code);
    }
    return std::move(outcome);  // a capture that is held, or nobody knows
  }

  Outcome gone(const ApiError& error) override { return closed(error.code()); }

 private:
  Outcome closed(std::string_view code) const {
    Outcome outcome(Verdict::succeeded, Reason::closed);
    outcome.pay_no = input_.pay_no;
    outcome.channel_code = code;
    return outcome;
  }
};

}  // namespace

std::unique_ptr<sdk::Operation> make_query(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Query>(account, std::move(input));
}

std::unique_ptr<sdk::Operation> make_close(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Close>(account, std::move(input));
}

}  // namespace tollgate::paypal
