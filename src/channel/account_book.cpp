#include <algorithm>

#include "channel/account.hpp"

namespace tollgate::channel {
namespace {

const Capability* payable(const Account& account, const std::string& method) {
  const auto* capability = account.capability(method);
  return capability && capability->has(sdk::OperationKind::pay) ? capability : nullptr;
}

bool serves(const Capability& capability, const Wish& wish) {
  return capability.takes(wish.currency.code()) &&
         (capability.amount_max == 0 || wish.amount <= capability.amount_max);
}

/// The accounts that the wish names; an error where it names something that is not there.
Result<AccountBook::List> in_scope(const AccountBook::List& all, const Wish& wish) {
  AccountBook::List found;
  std::ranges::copy_if(all, std::back_inserter(found), [&](const auto& account) {
    return (wish.account_id.empty() || account->id() == wish.account_id) &&
           (!wish.account_id.empty() || wish.channel.empty() || account->channel() == wish.channel);
  });
  if (!wish.account_id.empty()) {
    if (found.empty()) return invalid_field("/account_id", "there is no such account");
    if (!wish.channel.empty() && found.front()->channel() != wish.channel)
      return invalid_field("/channel", "the account " + wish.account_id + " is of the channel " +
                                           found.front()->channel());
  } else if (found.empty() && !wish.channel.empty()) {
    return invalid_field("/channel", "there is no account of this channel");
  }
  return found;
}

}  // namespace

void AccountBook::replace(List accounts) {
  auto fresh = std::make_shared<const List>(std::move(accounts));
  const std::lock_guard lock(mutex_);
  accounts_.swap(fresh);
}

std::shared_ptr<Account> AccountBook::find(std::string_view id) const {
  for (auto& account : all())
    if (account->id() == id) return account;
  return nullptr;
}

AccountBook::List AccountBook::all() const {
  const std::lock_guard lock(mutex_);
  return *accounts_;
}

Result<Choice> AccountBook::choose(const Wish& wish) const {
  TOLLGATE_TRY(const auto scope, in_scope(all(), wish));
  std::optional<Choice> chosen;
  bool method_known = false;
  for (const auto& account : scope) {
    const auto* capability = payable(*account, wish.method);
    if (!capability) continue;
    method_known = true;
    if (!serves(*capability, wish)) continue;
    if (account->breaker().state() == Breaker::State::closed) return Choice{account, capability};
    if (!chosen) chosen = Choice{account, capability};
  }
  if (chosen) return *std::move(chosen);
  if (!method_known) return invalid_field("/method", "no account in question offers this method");
  return Error(Errc::method_unavailable, "the method " + wish.method + " is not offered for " +
                                             std::string(wish.currency.code()) +
                                             " and this amount");
}

}  // namespace tollgate::channel
