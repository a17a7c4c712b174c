// Taking the money of an order that the buyer approved: POST /v2/checkout/orders/{id}/capture
// (paypal.md section 3.2). An order can be captured once, whatever is repeated.
#include <algorithm>

#include "common/encoding.hpp"
#include "paypal/exchange.hpp"
#include "paypal/operations.hpp"
#include "paypal/order.hpp"
#include "paypal/state.hpp"

namespace tollgate::paypal {
namespace {

using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

class Capture final : public Exchange {
 public:
  Capture(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)), state_(AttemptState::of(input_.state)) {}

 protected:
  Move ask(std::int64_t now_ms) override {
    if (state_.order_id.empty()) return unknown("no_order", "there is no order to be captured");
    // Never late: without the end of the order nothing is taken either.
    if (input_.expires_ms <= now_ms) {
      Outcome outcome(Verdict::pending);
      outcome.channel_code = "expired";
      outcome.channel_message = "nothing was captured: the time to pay is over";
      return outcome;
    }
    return ApiRequest{"POST",
                      "/v2/checkout/orders/" + common::url_encode(state_.order_id) + "/capture",
                      "{}", request_id()};
  }

  Move accepted(const sdk::Response& response, std::int64_t now_ms) override {
    const auto answer = common::JsonDocument::parse(response.body);
    if (!answer) return unknown("no_json", "the answer is no JSON");
    OrderFacts facts = read_order(answer->root(), account_);
    if (facts.id != state_.order_id) return another_order();
    // The answer to a capture need not say whose number and merchant it is; the order does.
    const bool sparse = facts.outcome.pay_no.empty() || facts.outcome.receiver.empty();
    if (sparse && phase_ == Phase::capturing) return look(Phase::confirming);
    if (facts.outcome.pay_no != input_.pay_no) return another_order();
    if (phase_ == Phase::declined && facts.open) return declined(facts, now_ms);
    return std::move(facts.outcome);
  }

  Move refused(const ApiError& error, std::int64_t) override {
    if (phase_ != Phase::capturing) return error.outcome(Verdict::unknown);
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.issue == "ORDER_NOT_APPROVED") return error.outcome(Verdict::pending);
    if (error.issue == "ORDER_ALREADY_CAPTURED") return look(Phase::confirming);
    if (error.gone()) return error.outcome(Verdict::failed, Reason::closed);
    if (error.final_refusal()) return error.outcome(Verdict::failed);
    if (error.buyer_must_act()) {
      why_ = error;
      return look(Phase::declined);
    }
    // This number was paid before, or so PayPal says: a human must look.
    const bool alarming = error.configuration() || error.issue == "DUPLICATE_INVOICE_ID";
    return error.outcome(Verdict::unknown, alarming ? Reason::configuration : Reason::none);
  }

 private:
  /// What the order is looked at for, after the capture was answered.
  enum class Phase { capturing, confirming, declined };

  Move look(Phase phase) {
    phase_ = phase;
    return order_request(state_.order_id);
  }

  static Outcome another_order() {
    return unknown("another_order", "the answer is not about the order that was to be captured");
  }

  /// A refusal is remembered under its id, so that each approval has one of its own.
  std::string request_id() const {
    const std::string id = "capture-" + input_.pay_no;
    return state_.declines == 0 ? id : id + "-" + std::to_string(state_.declines);
  }

  /// Back to the buyer, who may choose another way to pay.
  Outcome declined(const OrderFacts& facts, std::int64_t now_ms) const {
    Outcome outcome = why_.outcome(Verdict::pending);
    outcome.pay_no = input_.pay_no;
    outcome.material = why_.redirect.empty() ? facts.link : why_.redirect;
    if (!outcome.material.empty()) outcome.action = sdk::ActionType::redirect;
    outcome.material_expires_ms = std::min(input_.created_ms + order_life_ms, input_.expires_ms);
    outcome.state = state_.declined(facts.seen, now_ms).text();
    return outcome;
  }

  const sdk::OperationInput input_;
  const AttemptState state_;
  Phase phase_ = Phase::capturing;
  ApiError why_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_capture(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Capture>(account, std::move(input));
}

}  // namespace tollgate::paypal
