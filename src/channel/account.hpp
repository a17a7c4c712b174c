// Accounts: the grain of the platform. Builder (settings to component objects) and strategy (which
// account serves a request) live here.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/money.hpp"
#include "base/random.hpp"
#include "channel/plugin.hpp"

namespace tollgate::channel {

/// What configuration says of an account.
struct AccountConfig {
  std::string id;  ///< [a-z0-9-]{1,64}, unique.
  std::string channel;
  std::string gateway;
  std::string settings_json;  ///< JSON object of texts; contents of files already put in.
  std::optional<std::int64_t> fee_ppm = std::nullopt;
};

/// Stops calling an account that keeps failing at the transport: opens after 5 failures in a row,
/// lets one call through after 10 s (doubling to 5 min). A call that was let through and never
/// tells how it went blocks the next for 130 s at most. Thread-safe.
class Breaker {
 public:
  enum class State { closed, open, half_open };
  explicit Breaker(const Clock& clock) : clock_(clock) {}
  bool allow();
  void success();
  void failure();
  State state() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  int failures_ = 0;
  std::int64_t gap_ms_ = 0;
  std::int64_t retry_at_ms_ = 0;
  bool probing_ = false;
};

/// One account with its component objects. Immutable but for the breaker; kept alive by the calls
/// that use it, also after a reload has replaced it.
class Account {
 public:
  /// The builder. Error (invalid_request): the plugin refused the settings, with its sentence.
  /// `random` and `clock` outlive the account.
  static Result<std::shared_ptr<Account>> build(AccountConfig config,
                                                std::shared_ptr<const Plugin> plugin,
                                                Random& random, const Clock& clock);
  ~Account();
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  const std::string& id() const { return config_.id; }
  const std::string& channel() const { return config_.channel; }
  const Plugin& plugin() const { return *plugin_; }
  tg_channel* handle() const { return handle_; }
  /// Who must have got the money, as the plugin says it of its settings.
  const std::string& receiver() const { return receiver_; }
  /// The capability of a method; nullptr where the channel lacks it.
  const Capability* capability(std::string_view method) const;
  /// The first that has the component; nullptr where none has.
  const Capability* capability_of(sdk::OperationKind kind) const;
  /// Seconds east of UTC where the day of a bill begins and ends.
  std::int64_t bill_utc_offset_s() const { return bill_utc_offset_s_; }
  /// What the channel keeps of a payment, in millionths, where configuration says it.
  std::optional<std::int64_t> fee_ppm() const { return config_.fee_ppm; }
  Breaker& breaker() { return breaker_; }

 private:
  Account(AccountConfig config, std::shared_ptr<const Plugin> plugin, const Clock& clock);
  AccountConfig config_;
  std::shared_ptr<const Plugin> plugin_;
  tg_channel* handle_ = nullptr;
  std::string receiver_;
  std::int64_t bill_utc_offset_s_ = 0;
  tg_host host_{};
  Breaker breaker_;
};

/// What a caller wants served.
struct Wish {
  std::string account_id;  ///< Or empty.
  std::string channel;     ///< Or empty.
  std::string method;
  Currency currency;
  std::int64_t amount = 0;

  Wish(std::string m, Currency c) : method(std::move(m)), currency(c) {}
};

struct Choice {
  std::shared_ptr<Account> account;
  const Capability* capability;  ///< Of account's plugin; lives as long as it.
};

/// All accounts; a reload swaps the whole list at once. Thread-safe.
class AccountBook {
 public:
  using List = std::vector<std::shared_ptr<Account>>;

  void replace(List accounts);
  std::shared_ptr<Account> find(std::string_view id) const;
  List all() const;

  /// The strategy: the named account, else the first of the list (of the named channel) that offers
  /// method, currency and amount, those with a closed breaker first. Errors: invalid_request with
  /// the pointer of what does not fit (/account_id, /channel, /method); method_unavailable where
  /// the method is there, but not for this currency or amount.
  Result<Choice> choose(const Wish& wish) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const List> accounts_ = std::make_shared<List>();
};

}  // namespace tollgate::channel
