// Giving money back, and asking how that went (ipaylinks.md section 3.2). A refund is a transaction
// of its own: our number of it is its transId, by which iPayLinks knows a repeat, and origTransId
// names the payment. The first generation has no interface for it.
#include <array>
#include <stdexcept>

#include "common/encoding.hpp"
#include "common/outcome.hpp"
#include "ipaylinks/message.hpp"
#include "ipaylinks/operations.hpp"

namespace tollgate::ipaylinks {
namespace {

using common::Form;
using common::unknown;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t max_number = 64;
constexpr std::size_t max_url = 512;

Outcome rejected(std::string_view code, std::string_view message) {
  Outcome outcome(Verdict::failed, Reason::rejected);
  outcome.channel_code = code;
  outcome.channel_message = message;
  return outcome;
}

class Refund : public sdk::Operation {
 public:
  Refund(const Account& account, sdk::OperationInput input)
      : account_(account), input_(std::move(input)) {}

  sdk::Step start(std::int64_t) final {
    if (!account_.mapi())
      return rejected("no_refund", "this generation gives money back by iPayLinks' back office");
    if (!common::is_token(input_.refund_no, max_number, "-_"))
      return unknown("invalid_input", "the number must have 1 to 64 characters of [0-9A-Za-z_-]");
    return ask();
  }

  sdk::Step resume(const sdk::Response& response, std::int64_t) final {
    if (!account_.mapi()) throw std::logic_error("nothing was sent");
    return conclude(judge_refund(account_, input_.refund_no, response));
  }

 protected:
  virtual sdk::Step ask() const {
    const auto amount = account_.amounts.write(input_.amount, input_.currency);
    if (!amount)
      return rejected("invalid_input",
                      "it is not known how this amount is written in this currency");
    Form form = account_.common_fields();
    form["transType"] = "refund";
    form["origTransId"] = input_.pay_no;
    form[account_.names.number] = input_.refund_no;
    form[account_.names.amount] = *amount;
    // '&' and '=' are not escaped where the fields are joined for signing.
    const bool address = !input_.notify_url.empty() && input_.notify_url.size() <= max_url &&
                         input_.notify_url.find_first_of("&=") == std::string::npos;
    if (address) form["notifyUrl"] = input_.notify_url;
    return account_.signed_request(std::move(form));
  }

  virtual Outcome conclude(Outcome outcome) const {
    // An answer without a state: what its code means nobody knows.
    if (outcome.reason == Reason::not_found) outcome = unknown(outcome.channel_code, "no state");
    return ours(std::move(outcome));
  }

  /// A genuine answer about a refund of another payment says nothing of this one.
  Outcome ours(Outcome outcome) const {
    if (outcome.pay_no.empty() || outcome.pay_no == input_.pay_no) return outcome;
    return unknown("another_refund", "the answer is not about the refund that was asked for");
  }

  const Account& account_;
  const sdk::OperationInput input_;
};

class QueryRefund final : public Refund {
 public:
  using Refund::Refund;

 protected:
  sdk::Step ask() const override { return account_.query_request(input_.refund_no); }
  Outcome conclude(Outcome outcome) const override { return ours(std::move(outcome)); }
};

}  // namespace

Outcome judge_refund(const Account& account, std::string_view number,
                     const sdk::Response& response) {
  const Answer answer = read_answer(account, response);
  if (!answer.message) return answer.outcome;
  Outcome outcome = read_refund(*answer.message, account);
  if (outcome.refund_no == number && outcome.receiver == account.merchant_id) return outcome;
  return unknown("another_refund", "the answer is not about the refund that was asked for");
}

std::unique_ptr<sdk::Operation> make_refund(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Refund>(account, std::move(input));
}

std::unique_ptr<sdk::Operation> make_query_refund(const Account& account,
                                                  sdk::OperationInput input) {
  return std::make_unique<QueryRefund>(account, std::move(input));
}

}  // namespace tollgate::ipaylinks
