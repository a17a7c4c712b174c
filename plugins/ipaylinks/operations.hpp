// The operations of the channel.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "ipaylinks/account.hpp"

namespace tollgate::ipaylinks {

/// `account` outlives what is made here.
std::unique_ptr<sdk::Operation> make_pay(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_query(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_close(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_refund(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_query_refund(const Account& account,
                                                  sdk::OperationInput input);
std::unique_ptr<sdk::CallbackOperation> make_callback(const Account& account,
                                                      sdk::CallbackInput input);

/// What an exchange brought: a message whose signature holds, or the outcome without one.
struct Answer {
  std::optional<common::Form> message;
  sdk::Outcome outcome;
};
Answer read_answer(const Account& account, const sdk::Response& response);

/// The outcome of a query's exchange: unknown, or what a signed answer about this number says.
sdk::Outcome judge_query(const Account& account, std::string_view number,
                         const sdk::Response& response);
/// The same of an exchange about the refund of this number.
sdk::Outcome judge_refund(const Account& account, std::string_view number,
                          const sdk::Response& response);

}  // namespace tollgate::ipaylinks
