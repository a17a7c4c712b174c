// Closing a trade (alipay.md sections 3.2 and 3.3). A trade that nobody has opened does not exist
// at Alipay and cannot be closed. For qr it is cancelled then, so that the code, which is still out
// there, cannot be paid any more.
#include "alipay/exchange.hpp"
#include "alipay/operations.hpp"
#include "common/json.hpp"
#include "common/outcome.hpp"

namespace tollgate::alipay {
namespace {

using common::unknown;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr int max_cancels = 2;
/// Alipay takes a cancel for so long. A code is dead by then.
constexpr std::int64_t cancel_window_ms = 24LL * 3600 * 1000;

class Close final : public Exchange {
 public:
  Close(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    return request({"alipay.trade.close", content()}, now_ms);
  }

  sdk::Step answered(const Answer& answer, std::int64_t now_ms) override {
    if (!answer.ok()) return judged(ApiError::of(answer), now_ms);
    if (answer.text("out_trade_no") != input_.pay_no)
      return unknown("another_trade", "the answer is not about this trade");
    return cancels_ == 0 ? closed() : cancelled(answer, now_ms);
  }

 private:
  std::string content() const {
    return common::JsonObjectWriter().text("out_trade_no", input_.pay_no).finish();
  }

  sdk::Step cancel(std::int64_t now_ms) {
    ++cancels_;
    return request({"alipay.trade.cancel", content()}, now_ms);
  }

  bool cancellable(std::int64_t now_ms) const {
    return input_.created_ms == 0 || now_ms - input_.created_ms < cancel_window_ms;
  }

  Outcome closed() const {
    Outcome outcome(Verdict::succeeded, Reason::closed);
    outcome.pay_no = input_.pay_no;
    return outcome;
  }

  sdk::Step cancelled(const Answer& answer, std::int64_t now_ms) {
    if (answer.text("retry_flag") == "Y") {
      if (cancels_ < max_cancels) return cancel(now_ms);
      return unknown("retry_flag", "Alipay wants the cancel to be sent once more");
    }
    const auto action = answer.text("action");
    if (action == "close") return closed();
    if (action == "refund") {
      // Paid in the moment between the two calls; the cancel gave the money back.
      Outcome outcome = closed();
      outcome.channel_code = "refund";
      outcome.channel_message = "it was paid meanwhile and has been refunded wholly";
      return outcome;
    }
    Outcome outcome(Verdict::pending, Reason::not_found);
    outcome.channel_code = "no_action";
    outcome.channel_message = "Alipay cancelled nothing";
    return outcome;
  }

  sdk::Step judged(const ApiError& error, std::int64_t now_ms) {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.closed()) return error.outcome(Verdict::succeeded, Reason::closed);
    if (error.paid()) return error.outcome(Verdict::failed, Reason::already_paid);
    if (error.not_found()) {
      if (input_.method == "qr" && cancels_ == 0 && cancellable(now_ms)) return cancel(now_ms);
      return error.outcome(Verdict::pending, Reason::not_found);
    }
    // ACQ.TRADE_STATUS_ERROR and its like say "paid, or over": the query tells which.
    return error.outcome(Verdict::unknown,
                         error.configuration() ? Reason::configuration : Reason::none);
  }

  const sdk::OperationInput input_;
  int cancels_ = 0;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_close(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Close>(account, std::move(input));
}

}  // namespace tollgate::alipay
