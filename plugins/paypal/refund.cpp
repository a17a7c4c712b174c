// Giving money back, and asking how that went (paypal.md section 3.3). Our number stands in the
// PayPal-Request-Id, by which PayPal knows a repeat, and in the refund's custom_id. PayPal has no
// search by it: a refund is found among those of the order that its capture belongs to.
#include <array>
#include <optional>

#include "common/encoding.hpp"
#include "paypal/currency.hpp"
#include "paypal/exchange.hpp"
#include "paypal/operations.hpp"
#include "paypal/order.hpp"

namespace tollgate::paypal {
namespace {

using common::JsonValue;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
/// PayPal forgets a request id after 45 days; a repeat would then be another refund.
constexpr std::int64_t request_id_life_ms = 45 * day_ms;
/// From then on nothing is sent any more, so that nothing is under way when the id is forgotten.
constexpr std::int64_t last_sending_ms = request_id_life_ms - day_ms;
constexpr std::size_t note_characters = 255;
constexpr std::size_t max_number = 100;
constexpr std::size_t max_refunds = 512;

/// Refused as it is, for good.
bool never_possible(const ApiError& error) {
  constexpr std::array<std::string_view, 14> issues{"CAPTURE_FULLY_REFUNDED",
                                                    "REFUND_AMOUNT_EXCEEDED",
                                                    "REFUND_AMOUNT_TOO_LOW",
                                                    "PARTIAL_REFUND_NOT_ALLOWED",
                                                    "REFUND_CAPTURE_CURRENCY_MISMATCH",
                                                    "CURRENCY_MISMATCH",
                                                    "REFUND_NOT_ALLOWED",
                                                    "REFUND_TIME_LIMIT_EXCEEDED",
                                                    "MAX_NUMBER_OF_REFUNDS_EXCEEDED",
                                                    "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK",
                                                    "TRANSACTION_DISPUTED",
                                                    "DECIMAL_PRECISION",
                                                    "DECIMALS_NOT_SUPPORTED",
                                                    "INVALID_CURRENCY_CODE"};
  return common::one_of(issues, error.issue) || error.name == "INVALID_REQUEST";
}

Outcome told(Verdict verdict, Reason reason, std::string_view code, std::string_view message) {
  Outcome outcome(verdict, reason);
  outcome.channel_code = code;
  outcome.channel_message = message;
  return outcome;
}

/// capture ─▶ its order ─▶ the refund of our number among the order's.
class Search : public Exchange {
 public:
  Search(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  /// PayPal has no refund of this number.
  virtual Outcome missing() const = 0;
  /// The answer to what was asked before the search.
  virtual Move answered(JsonValue answer) = 0;

  Move search() {
    phase_ = Phase::capture;
    return ApiRequest{"GET", capture_path(), "", ""};
  }

  Move accepted(const sdk::Response& response, std::int64_t now_ms) final {
    const auto answer = common::JsonDocument::parse(response.body);
    if (!answer) return unknown("no_json", "the answer is no JSON");
    switch (phase_) {
      case Phase::capture:
        return order_of(answer->root());
      case Phase::order:
        return refund_in(answer->root(), now_ms);
      case Phase::asked:
        break;
    }
    return answered(answer->root());
  }

  /// A refund that is told is the one that was asked for: its number and its capture say so.
  bool is_ours(JsonValue refund, const Outcome& outcome) const {
    const std::string capture = refunded_capture(refund);
    return outcome.refund_no == input_.refund_no &&
           (capture.empty() || capture == input_.channel_trade_no);
  }

  /// What is wrong with the question, or "".
  std::string_view unfit() const {
    if (!is_id(input_.channel_trade_no)) return "the capture of this payment is not known";
    if (!common::is_token(input_.refund_no, max_number, "-_"))
      return "the number must have 1 to 100 characters of [0-9A-Za-z_-]";
    return {};
  }

  std::string capture_path() const {
    return "/v2/payments/captures/" + common::url_encode(input_.channel_trade_no);
  }

  std::int64_t age_ms(std::int64_t now_ms) const { return now_ms - input_.created_ms; }
  bool searching() const { return phase_ != Phase::asked; }

  const sdk::OperationInput input_;

 private:
  enum class Phase { asked, capture, order };

  static Outcome another_order() {
    return unknown("another_order", "the answer is not about the payment that is to be refunded");
  }

  Move order_of(JsonValue capture) {
    if (capture["id"].text_or_empty() != input_.channel_trade_no) return another_order();
    order_id_ = capture["supplementary_data"]["related_ids"]["order_id"].text_or_empty();
    if (!is_id(order_id_)) return unknown("no_order", "the capture does not tell its order");
    phase_ = Phase::order;
    return order_request(order_id_);
  }

  Outcome refund_in(JsonValue order, std::int64_t now_ms) const {
    const JsonValue unit = order["purchase_units"].at(0);
    if (order["id"].text_or_empty() != order_id_ ||
        unit["custom_id"].text_or_empty() != input_.pay_no)
      return another_order();
    const JsonValue refunds = unit["payments"]["refunds"];
    if (refunds.size() > max_refunds)
      return unknown("many_refunds", "there are more refunds than can be looked through");
    std::optional<Outcome> found;
    for (std::size_t i = 0; i < refunds.size(); ++i) {
      Outcome outcome = read_refund(refunds.at(i), account_);
      if (!is_ours(refunds.at(i), outcome)) continue;
      if (found) return unknown("refunded_twice", "PayPal tells two refunds of this number");
      outcome.pay_no = input_.pay_no;
      found = std::move(outcome);
    }
    return found ? *std::move(found) : not_there(now_ms);
  }

  Outcome not_there(std::int64_t now_ms) const {
    if (age_ms(now_ms) < last_sending_ms) return missing();
    if (age_ms(now_ms) < request_id_life_ms)
      return unknown("too_old", "not sent again: PayPal is about to forget this number");
    return told(Verdict::failed, Reason::rejected, "too_old",
                "PayPal never took this refund, and has forgotten its number");
  }

  Phase phase_ = Phase::asked;
  std::string order_id_;
};

class Refund final : public Search {
 public:
  using Search::Search;

 protected:
  Move ask(std::int64_t now_ms) override {
    const auto value = format_amount(input_.amount, input_.currency);
    if (const std::string_view wrong = unfit(); !wrong.empty())
      return unknown("invalid_input", wrong);
    if (!value)
      return told(Verdict::failed, Reason::rejected, "invalid_input",
                  "PayPal does not take this amount in this currency");
    if (age_ms(now_ms) >= last_sending_ms) return search();
    return ApiRequest{"POST", capture_path() + "/refund", body(*value),
                      "refund-" + input_.refund_no};
  }

  Move answered(JsonValue answer) override {
    Outcome outcome = read_refund(answer, account_);
    if (is_ours(answer, outcome)) return outcome;
    return unknown("another_refund", "the answer is not about the refund that was asked for");
  }

  Move refused(const ApiError& error, std::int64_t) override {
    if (searching()) return error.outcome(Verdict::unknown);
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.issue == "REFUND_FAILED_INSUFFICIENT_FUNDS")
      return error.outcome(Verdict::retry, Reason::balance);
    if (error.issue == "PENDING_CAPTURE") return error.outcome(Verdict::retry);
    // A capture of ours that is not there: these are the credentials of somebody else.
    if (error.configuration() || error.gone())
      return error.outcome(Verdict::retry, Reason::configuration);
    if (!never_possible(error)) return error.outcome(Verdict::unknown);
    // That nothing is left may be this refund's own doing: look before it is called failed.
    why_ = error;
    return search();
  }

  Outcome without_token(const ApiError& error) const override {
    return error.outcome(Verdict::retry, Reason::configuration);
  }

  Outcome missing() const override { return why_.outcome(Verdict::failed, Reason::rejected); }

 private:
  std::string body(const std::string& value) const {
    common::JsonObjectWriter json;
    json.begin("amount").text("currency_code", input_.currency).text("value", value).end();
    json.text("custom_id", input_.refund_no).text("invoice_id", input_.refund_no);
    const std::string note = common::bmp_text(input_.reason, note_characters);
    if (!note.empty()) json.text("note_to_payer", note);
    return json.finish();
  }

  ApiError why_;
};

class QueryRefund final : public Search {
 public:
  using Search::Search;

 protected:
  Move ask(std::int64_t) override {
    if (const std::string_view wrong = unfit(); !wrong.empty())
      return unknown("invalid_input", wrong);
    return search();
  }

  Move answered(JsonValue) override { return unknown("no_question", "nothing else was asked"); }

  Move refused(const ApiError& error, std::int64_t) override {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    const bool configuration = error.configuration() || error.gone();
    return error.outcome(Verdict::unknown, configuration ? Reason::configuration : Reason::none);
  }

  Outcome missing() const override {
    return told(Verdict::pending, Reason::not_found, "no_refund",
                "the order has no refund of this number");
  }
};

}  // namespace

std::unique_ptr<sdk::Operation> make_refund(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Refund>(account, std::move(input));
}

std::unique_ptr<sdk::Operation> make_query_refund(const Account& account,
                                                  sdk::OperationInput input) {
  return std::make_unique<QueryRefund>(account, std::move(input));
}

}  // namespace tollgate::paypal
