// Giving money back, and asking how that went (wechat.md sections 3.4 and 3.5). The out_refund_no
// is the idempotency key: the same number is one refund, however often it is sent.
#include "common/encoding.hpp"
#include "common/json.hpp"
#include "wechat/exchange.hpp"
#include "wechat/operations.hpp"

namespace tollgate::wechat {
namespace {

using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::string_view refunds_path = "/v3/refund/domestic/refunds";
constexpr std::size_t reason_bytes = 80;

/// What a verified answer says of the refund that was asked for. A genuine answer about another one
/// says nothing of this.
Outcome read_answer(const sdk::Response& response, const sdk::OperationInput& input) {
  const auto answer = common::JsonDocument::parse(response.body);
  Outcome outcome = answer ? read_refund(answer->root(), "status") : Outcome();
  const bool ours = outcome.refund_no == input.refund_no && outcome.pay_no == input.pay_no;
  if (ours) return outcome;
  Outcome odd(Verdict::unknown);
  odd.channel_code = answer ? "another_refund" : "no_json";
  odd.channel_message = "the answer is not about the refund that was asked for";
  return odd;
}

class Refund final : public Exchange {
 public:
  Refund(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    return account_.request("POST", std::string(refunds_path), body(), now_ms);
  }

  /// 200 is the acceptance; the state in it says how far the refund is.
  Outcome accepted(const sdk::Response& response, std::int64_t) override {
    return read_answer(response, input_);
  }

  Outcome refused(const ApiError& error) override {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.balance()) return error.outcome(Verdict::retry, Reason::balance);
    if (error.configuration()) return error.outcome(Verdict::retry, Reason::configuration);
    if (error.never_possible()) return error.outcome(Verdict::failed, Reason::rejected);
    return error.outcome(Verdict::unknown);
  }

 private:
  std::string body() const {
    common::JsonObjectWriter json;
    // Our number is the one that both sides know for certain.
    json.text("out_trade_no", input_.pay_no).text("out_refund_no", input_.refund_no);
    const std::string reason = common::bounded(input_.reason, reason_bytes);
    if (!reason.empty()) json.text("reason", reason);
    json.text("notify_url", input_.notify_url);
    json.begin("amount")
        .integer("refund", input_.amount)
        .integer("total", input_.total)
        .text("currency", input_.currency)
        .end();
    return json.finish();
  }

  const sdk::OperationInput input_;
};

class QueryRefund final : public Exchange {
 public:
  QueryRefund(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    return account_.request(
        "GET", std::string(refunds_path) + "/" + common::url_encode(input_.refund_no), "", now_ms);
  }

  Outcome accepted(const sdk::Response& response, std::int64_t) override {
    return read_answer(response, input_);
  }

  Outcome refused(const ApiError& error) override {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.not_found()) return error.outcome(Verdict::pending, Reason::not_found);
    return error.outcome(Verdict::unknown,
                         error.configuration() ? Reason::configuration : Reason::none);
  }

 private:
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

}  // namespace tollgate::wechat
