// One operation or callback of a plugin under way, seen from the host: what to send and what came
// of it.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "channel/abi_reader.hpp"
#include "channel/account.hpp"
#include "net/http_client.hpp"

namespace tollgate::channel {

/// begin or begin_callback once, then resume after each Request. Used by one thread at a time.
/// Never throws for what the plugin does: that is Broken, after which nothing more may be asked.
class Dialogue {
 public:
  explicit Dialogue(std::shared_ptr<Account> account) : account_(std::move(account)) {}
  ~Dialogue();
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

  /// The inputs are read during the call only.
  Step begin(const sdk::OperationInput& input, TimeMs now);
  Step begin_callback(const net::Request& request, std::int64_t max_age_s, TimeMs now);
  Step resume(const net::ClientResponse& response, TimeMs now);

  Account& account() const { return *account_; }

 private:
  struct StepSlot;
  template <class F>
  Step enter(F f);

  std::shared_ptr<Account> account_;
  tg_operation* operation_ = nullptr;
  bool of_callback_ = false;
  std::size_t material_bytes_ = max_span_bytes;
};

}  // namespace tollgate::channel
