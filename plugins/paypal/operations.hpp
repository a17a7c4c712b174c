// The operations of the channel.
#pragma once

#include <memory>

#include "paypal/account.hpp"

namespace tollgate::paypal {

/// `account` outlives what is made here. An answer about an order that is not ours never ends an
/// operation.
std::unique_ptr<sdk::Operation> make_pay(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_capture(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_query(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_close(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_refund(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_query_refund(const Account& account,
                                                  sdk::OperationInput input);
std::unique_ptr<sdk::Operation> make_fetch_bill(const Account& account, sdk::OperationInput input);
std::unique_ptr<sdk::CallbackOperation> make_callback(const Account& account,
                                                      sdk::CallbackInput input);

}  // namespace tollgate::paypal
