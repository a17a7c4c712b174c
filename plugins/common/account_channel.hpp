// A channel that is one account and what can be begun for it.
#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "tollgate/channel.hpp"

namespace tollgate::common {

/// An operation that a plugin declares, and what makes it. The account outlives it.
template <class Account>
struct OperationOf {
  sdk::OperationKind kind;
  std::unique_ptr<sdk::Operation> (*make)(const Account& account, sdk::OperationInput input);
};

/// `Account` has a text `receiver`. What is not among `operations` throws.
template <class Account>
class AccountChannel final : public sdk::Channel {
 public:
  using Callback = std::unique_ptr<sdk::CallbackOperation> (*)(const Account& account,
                                                               sdk::CallbackInput input);

  /// `make` reads the settings. `operations` outlives the channel. A day's bill begins so many
  /// seconds east of UTC.
  AccountChannel(const sdk::ChannelConfig& config, Account (*make)(const sdk::ChannelConfig&),
                 std::span<const OperationOf<Account>> operations, Callback callback,
                 std::int64_t bill_utc_offset_s = 0)
      : account_(make(config)),
        operations_(operations),
        callback_(callback),
        bill_utc_offset_s_(bill_utc_offset_s) {}

  std::string_view receiver() const override { return account_.receiver; }
  std::int64_t bill_utc_offset_s() const override { return bill_utc_offset_s_; }

  std::unique_ptr<sdk::Operation> begin(sdk::OperationInput input) override {
    for (const auto& operation : operations_)
      if (operation.kind == input.kind) return operation.make(account_, std::move(input));
    throw std::invalid_argument("the operation is not declared");
  }

  std::unique_ptr<sdk::CallbackOperation> begin_callback(sdk::CallbackInput input) override {
    return callback_(account_, std::move(input));
  }

 private:
  const Account account_;
  const std::span<const OperationOf<Account>> operations_;
  const Callback callback_;
  const std::int64_t bill_utc_offset_s_;
};

}  // namespace tollgate::common
