// Asking for and closing a trade by our own number (wechat.md sections 3.2 and 3.3).
#include "common/encoding.hpp"
#include "common/json.hpp"
#include "wechat/exchange.hpp"
#include "wechat/operations.hpp"

namespace tollgate::wechat {
namespace {

using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

std::string trade_path(const sdk::OperationInput& input) {
  return "/v3/pay/transactions/out-trade-no/" + common::url_encode(input.pay_no);
}

class Query final : public Exchange {
 public:
  Query(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    return account_.request("GET", trade_path(input_) + "?mchid=" + account_.signer.mch_id, "",
                            now_ms);
  }

  Outcome accepted(const sdk::Response& response, std::int64_t) override {
    const auto answer = common::JsonDocument::parse(response.body);
    Outcome outcome = answer ? read_trade(answer->root()) : Outcome();
    // A genuine answer about another trade says nothing of this one. Who was paid is the host's to
    // compare; that a trade of somebody else's is closed is nothing to act on.
    const bool ours = outcome.pay_no == input_.pay_no &&
                      (outcome.verdict != Verdict::failed || outcome.receiver == account_.receiver);
    if (ours) return outcome;
    Outcome odd(Verdict::unknown);
    odd.channel_code = answer ? "another_trade" : "no_json";
    odd.channel_message = "the answer is not about the trade that was asked for";
    return odd;
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

class Close final : public Exchange {
 public:
  Close(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    std::string body = common::JsonObjectWriter().text("mchid", account_.signer.mch_id).finish();
    return account_.request("POST", trade_path(input_) + "/close", std::move(body), now_ms);
  }

  Outcome accepted(const sdk::Response& response, std::int64_t) override {
    if (response.status != 204) return ApiError::of(response).outcome(Verdict::unknown);
    Outcome outcome(Verdict::succeeded, Reason::closed);
    outcome.pay_no = input_.pay_no;
    return outcome;
  }

  Outcome refused(const ApiError& error) override {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.closed()) return error.outcome(Verdict::succeeded, Reason::closed);
    if (error.paid()) return error.outcome(Verdict::failed, Reason::already_paid);
    if (error.not_found()) return error.outcome(Verdict::pending, Reason::not_found);
    return error.outcome(Verdict::unknown,
                         error.configuration() ? Reason::configuration : Reason::none);
  }

 private:
  const sdk::OperationInput input_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_query(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Query>(account, std::move(input));
}

std::unique_ptr<sdk::Operation> make_close(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Close>(account, std::move(input));
}

}  // namespace tollgate::wechat
