// Giving money back, and asking how that went (alipay.md sections 3.4 and 3.5). The out_request_no
// is the idempotency key within the trade: the same number is one refund, however often it is sent.
#include <array>

#include "alipay/exchange.hpp"
#include "alipay/operations.hpp"
#include "alipay/trade.hpp"
#include "common/encoding.hpp"
#include "common/json.hpp"
#include "common/outcome.hpp"
#include "common/time.hpp"

namespace tollgate::alipay {
namespace {

using common::unknown;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t reason_bytes = 256;

/// Refused as it is, for good.
bool never_possible(const ApiError& error) {
  constexpr std::array<std::string_view, 10> words{"ACQ.TRADE_HAS_FINISHED",
                                                   "ACQ.TRADE_NOT_ALLOW_REFUND",
                                                   "ACQ.NOT_ALLOW_PARTIAL_REFUND",
                                                   "ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND",
                                                   "ACQ.USER_NOT_MATCH_ERR",
                                                   "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
                                                   "ACQ.REASON_TRADE_REFUND_FEE_ERR",
                                                   "ACQ.REFUND_FEE_ERROR",
                                                   "ACQ.TRADE_NOT_EXIST",
                                                   "ACQ.TRADE_STATUS_ERROR"};
  return error.sub_code.starts_with("ACQ.BUYER_") || common::one_of(words, error.sub_code) ||
         error.rejected();
}

class Refund final : public Exchange {
 public:
  Refund(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    return request({"alipay.trade.refund", content(), true}, now_ms);
  }

  /// The answer tells the sum of all refunds and whether money moved now, not this refund's amount:
  /// what became of it is the query's to say.
  sdk::Step answered(const Answer& answer, std::int64_t) override {
    if (!answer.ok()) return judged(ApiError::of(answer));
    if (answer.text("out_trade_no") != input_.pay_no)
      return unknown("another_trade", "the answer is not about this trade");
    Outcome outcome(Verdict::pending);
    outcome.pay_no = input_.pay_no;
    outcome.channel_code = answer.text("fund_change") == "Y" ? "fund_change_Y" : "fund_change_N";
    return outcome;
  }

 private:
  std::string content() const {
    common::JsonObjectWriter json;
    json.text("out_trade_no", input_.pay_no)
        .text("refund_amount", common::format_decimal(input_.amount, currency_digits))
        .text("out_request_no", input_.refund_no);
    const std::string reason = common::bounded(input_.reason, reason_bytes);
    if (!reason.empty()) json.text("refund_reason", reason);
    return json.finish();
  }

  static Outcome judged(const ApiError& error) {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.sub_code == "ACQ.SELLER_BALANCE_NOT_ENOUGH")
      return error.outcome(Verdict::retry, Reason::balance);
    if (error.configuration()) return error.outcome(Verdict::retry, Reason::configuration);
    if (never_possible(error)) return error.outcome(Verdict::failed, Reason::rejected);
    return error.outcome(Verdict::unknown);
  }

  const sdk::OperationInput input_;
};

class QueryRefund final : public Exchange {
 public:
  QueryRefund(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    common::JsonObjectWriter json;
    json.text("out_trade_no", input_.pay_no).text("out_request_no", input_.refund_no);
    return request({"alipay.trade.fastpay.refund.query", json.finish(), true}, now_ms);
  }

  sdk::Step answered(const Answer& answer, std::int64_t) override {
    if (!answer.ok()) return judged(ApiError::of(answer));
    const auto status = answer.text("refund_status");
    // Success without a refund in it: Alipay has not made one under this number.
    if (status.empty() && answer.text("refund_amount").empty()) {
      Outcome outcome(Verdict::pending, Reason::not_found);
      outcome.channel_code = "no_refund";
      return outcome;
    }
    const bool ours = answer.text("out_trade_no") == input_.pay_no &&
                      answer.text("out_request_no") == input_.refund_no;
    if (!ours) return unknown("another_refund", "the answer is not about this refund");
    if (status != "REFUND_SUCCESS")
      return unknown("refund_status", "the refund's state is none that is known");
    Outcome outcome(Verdict::succeeded);
    outcome.pay_no = input_.pay_no;
    outcome.refund_no = input_.refund_no;
    outcome.channel_trade_no = number(answer.text("trade_no"));
    outcome.refund_amount =
        common::parse_decimal(answer.text("refund_amount"), currency_digits).value_or(-1);
    outcome.currency = currency;
    outcome.time_ms = common::parse_beijing(answer.text("gmt_refund_pay")).value_or(0);
    outcome.channel_code = "REFUND_SUCCESS";
    return outcome;
  }

 private:
  static Outcome judged(const ApiError& error) {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    return error.outcome(Verdict::unknown,
                         error.configuration() ? Reason::configuration : Reason::none);
  }

  const sdk::OperationInput input_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_refund(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Refund>(account, std::move(input));
}

std::unique_ptr<sdk::Operation> make_query_refund(const Account& account,
                                                  sdk::OperationInput input) {
  return std::make_unique<QueryRefund>(account, std::move(input));
}

}  // namespace tollgate::alipay
