// Asking for a trade by our own number (alipay.md section 3.1).
#include "alipay/exchange.hpp"
#include "alipay/operations.hpp"
#include "alipay/trade.hpp"
#include "common/json.hpp"
#include "common/outcome.hpp"

namespace tollgate::alipay {
namespace {

using common::unknown;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

class Query final : public Exchange {
 public:
  Query(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    return request({"alipay.trade.query",
                    common::JsonObjectWriter().text("out_trade_no", input_.pay_no).finish(), true},
                   now_ms);
  }

  sdk::Step answered(const Answer& answer, std::int64_t) override {
    if (!answer.ok()) return judged(ApiError::of(answer));
    Outcome outcome = read_trade([&](std::string_view name) { return answer.text(name); });
    // A genuine answer about another trade says nothing of this one.
    if (outcome.pay_no != input_.pay_no)
      return unknown("another_trade", "the answer is not about this trade");
    // The answer does not name the receiver: the gateway tells of the trades of the app that signed
    // the question, and of no others. Where it does name a seller, that is who was paid.
    const std::string seller = number(answer.text("seller_id"));
    outcome.receiver =
        (seller.empty() ? account_.seller_id : seller) + "/" + account_.signer.app_id;
    if (outcome.verdict == Verdict::failed && outcome.receiver != account_.receiver)
      return unknown("another_trade", "the answer is about another seller's trade");
    return outcome;
  }

 private:
  static Outcome judged(const ApiError& error) {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.not_found()) return error.outcome(Verdict::pending, Reason::not_found);
    return error.outcome(Verdict::unknown,
                         error.configuration() ? Reason::configuration : Reason::none);
  }

  const sdk::OperationInput input_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_query(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Query>(account, std::move(input));
}

}  // namespace tollgate::alipay
