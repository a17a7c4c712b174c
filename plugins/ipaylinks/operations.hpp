// The operations of the channel.
#pragma once

#include <memory>

#include "ipaylinks/account.hpp"

namespace tollgate::ipaylinks {

/// `account` outlives what is made here.
std::unique_ptr<sdk::Operation> make_pay(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_query(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_close(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::CallbackOperation> make_callback(const Account& account,
                                                      sdk::CallbackInput input);

/// The outcome of a query's exchange: unknown, or what a signed answer about this number says.
sdk::Outcome judge_query(const Account& account, std::string_view number,
                         const sdk::Response& response);

}  // namespace tollgate::ipaylinks
