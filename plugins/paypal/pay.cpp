// Making an order: POST /v2/checkout/orders (paypal.md section 3.1).
#include <algorithm>

#include "common/encoding.hpp"
#include "paypal/currency.hpp"
#include "paypal/exchange.hpp"
#include "paypal/operations.hpp"
#include "paypal/order.hpp"
#include "paypal/state.hpp"

namespace tollgate::paypal {
namespace {

using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t description_characters = 127;
constexpr std::size_t max_pay_no = 100;  // "capture-<pay_no>-<n>" fits into a request id

class Pay final : public Exchange {
 public:
  Pay(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  Move ask(std::int64_t now_ms) override {
    const auto value = format_amount(input_.amount, input_.currency);
    const std::string_view wrong = unfit(value.has_value(), now_ms);
    if (!value || !wrong.empty()) {
      Outcome outcome(Verdict::failed, Reason::rejected);
      outcome.channel_code = "invalid_input";
      outcome.channel_message = wrong;
      return outcome;
    }
    return ApiRequest{"POST", "/v2/checkout/orders", body(*value), "create-" + input_.pay_no};
  }

  Move accepted(const sdk::Response& response, std::int64_t now_ms) override {
    const auto answer = common::JsonDocument::parse(response.body);
    if (!answer) return unknown("no_json", "the answer is no JSON");
    const OrderFacts facts = read_order(answer->root(), account_);
    if (!facts.open || !is_id(facts.id) || facts.link.empty() ||
        facts.outcome.pay_no != input_.pay_no)
      return unknown("no_link", "the answer has nothing to pay with");
    Outcome outcome(Verdict::pending);
    outcome.pay_no = input_.pay_no;
    outcome.action = sdk::ActionType::redirect;
    outcome.material = facts.link;
    outcome.material_expires_ms = now_ms + order_life_ms;
    if (input_.expires_ms > 0)
      outcome.material_expires_ms = std::min(outcome.material_expires_ms, input_.expires_ms);
    outcome.state = AttemptState{facts.id, 0, 0, ""}.text();
    return outcome;
  }

  Move refused(const ApiError& error, std::int64_t) override {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    // An invoice that was paid before is this very number: ask, don't guess.
    if (error.issue == "DUPLICATE_INVOICE_ID")
      return error.outcome(Verdict::unknown, Reason::already_paid);
    return error.outcome(Verdict::failed,
                         error.configuration() ? Reason::configuration : Reason::rejected);
  }

  Outcome without_token(const ApiError& error) const override {
    return error.outcome(Verdict::failed, Reason::configuration);
  }

 private:
  /// What PayPal would refuse, or "".
  std::string_view unfit(bool amount_fits, std::int64_t now_ms) const {
    if (input_.method != "redirect") return "the method must be redirect";
    if (!amount_fits) return "PayPal does not take this amount in this currency";
    if (!common::is_token(input_.pay_no, max_pay_no, "-_"))
      return "the number must have 1 to 100 characters of [0-9A-Za-z_-]";
    if (input_.return_url.empty() || input_.cancel_url.empty())
      return "the addresses to come back to are missing";
    if (input_.expires_ms > 0 && input_.expires_ms <= now_ms) return "the time to pay is over";
    return {};
  }

  std::string body(const std::string& value) const {
    const std::string description = common::bmp_text(input_.description, description_characters);
    common::JsonObjectWriter json;
    json.text("intent", "CAPTURE").begin_array("purchase_units").begin_element();
    json.text("reference_id", "default").text("custom_id", input_.pay_no);
    json.text("invoice_id", input_.pay_no);
    if (!description.empty()) json.text("description", description);
    json.begin("amount").text("currency_code", input_.currency).text("value", value).end();
    json.end().end().begin("payment_source").begin("paypal").begin("experience_context");
    json.text("shipping_preference", "NO_SHIPPING").text("user_action", "PAY_NOW");
    json.text("payment_method_preference", "IMMEDIATE_PAYMENT_REQUIRED");
    json.text("return_url", input_.return_url).text("cancel_url", input_.cancel_url);
    return json.end().end().end().finish();
  }

  const sdk::OperationInput input_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_pay(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Pay>(account, std::move(input));
}

}  // namespace tollgate::paypal
