// Asking for and closing a trade (ipaylinks.md sections 3.2 and 4). The first generation has no
// query: its notice is the only word. Neither has a call that closes an unpaid trade: it is closed
// here, once iPayLinks says that no money is on its way.
#include <stdexcept>

#include "common/outcome.hpp"
#include "ipaylinks/message.hpp"
#include "ipaylinks/operations.hpp"

namespace tollgate::ipaylinks {
namespace {

using common::unknown;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

Outcome told(Verdict verdict, Reason reason, std::string_view code, std::string_view message) {
  Outcome outcome(verdict, reason);
  outcome.channel_code = code;
  outcome.channel_message = message;
  return outcome;
}

class Query : public sdk::Operation {
 public:
  Query(const Account& account, sdk::OperationInput input)
      : account_(account), input_(std::move(input)) {}

  sdk::Step start(std::int64_t) final {
    if (account_.mapi()) return account_.query_request(input_.pay_no);
    return conclude(told(Verdict::pending, Reason::not_found, "no_query",
                         "this generation cannot be asked: its notice is the only word"));
  }
  sdk::Step resume(const sdk::Response& response, std::int64_t) final {
    if (!account_.mapi()) throw std::logic_error("nothing was sent");
    return conclude(judge_query(account_, input_.pay_no, response));
  }

 protected:
  virtual Outcome conclude(Outcome outcome) const { return outcome; }

  const Account& account_;
  const sdk::OperationInput input_;
};

class Close final : public Query {
 public:
  using Query::Query;

 protected:
  Outcome conclude(Outcome outcome) const override {
    const bool over = outcome.verdict == Verdict::failed ||
                      (outcome.verdict == Verdict::pending && outcome.reason == Reason::not_found);
    if (over) {
      Outcome closed(Verdict::succeeded, Reason::closed);
      closed.pay_no = input_.pay_no;
      closed.channel_code = outcome.channel_code;
      return closed;
    }
    if (outcome.verdict == Verdict::succeeded) {
      outcome.verdict = Verdict::failed;
      outcome.reason = Reason::already_paid;
    }
    return outcome;
  }
};

}  // namespace

Answer read_answer(const Account& account, const sdk::Response& response) {
  const auto nothing = [](Outcome outcome) { return Answer{std::nullopt, std::move(outcome)}; };
  if (response.transport != sdk::Transport::ok)
    return nothing(common::not_answered(response.transport, "iPayLinks"));
  if (response.status == 429)
    return nothing(told(Verdict::retry, Reason::frequency, "http_429", "asked too often"));
  if (response.status != 200)
    return nothing(unknown("http_" + std::to_string(response.status), ""));
  std::string_view why;
  auto message = account.read_signed(response.header("content-type"), response.body, why);
  if (!message) return nothing(unknown(Reason::unverified, why, "the answer proves nothing"));
  return {std::move(message), {}};
}

Outcome judge_query(const Account& account, std::string_view number,
                    const sdk::Response& response) {
  const Answer answer = read_answer(account, response);
  if (!answer.message) return answer.outcome;
  Outcome outcome = read_trade(*answer.message, account);
  // A genuine answer about another trade, or another merchant's, says nothing of this one; that
  // money went elsewhere is for the host to see.
  const bool ours = outcome.pay_no == number && (outcome.verdict == Verdict::succeeded ||
                                                 outcome.receiver == account.merchant_id);
  if (ours) return outcome;
  return unknown("another_trade", "the answer is not about the trade that was asked for");
}

std::unique_ptr<sdk::Operation> make_query(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Query>(account, std::move(input));
}

std::unique_ptr<sdk::Operation> make_close(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Close>(account, std::move(input));
}

}  // namespace tollgate::ipaylinks
