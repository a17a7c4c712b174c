#include "channel/account.hpp"

#include "base/crypto.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "channel/abi_reader.hpp"

namespace tollgate::channel {
namespace {

constexpr std::int64_t max_utc_offset_s = 14 * 3'600;
constexpr std::size_t receiver_bytes = 256;

/// noexcept: nothing may fall through a plugin's C frames, and without randomness nothing may be
/// signed.
void fill_random(void* context, unsigned char* out, std::size_t size) noexcept {
  static_cast<Random*>(context)->fill({out, size});
}

/// The host's memory that a plugin fills: one of a newer minor may write more than this side knows.
struct InfoSlot {
  tg_channel_info info{sizeof(tg_channel_info), 0, {}, 0};
  std::array<unsigned char, 256> spare{};
};

std::string reason_of(std::array<char, 512>& text) {
  text.back() = '\0';
  const std::string reason = repair_utf8(std::string_view(text.data()));
  return reason.empty() ? "the plugin refused the settings without a reason" : reason;
}

tg_span span_of(const std::string& text) {
  return {text.data(), text.size()};
}

}  // namespace

Account::Account(AccountConfig config, std::shared_ptr<const Plugin> plugin, const Clock& clock)
    : config_(std::move(config)), plugin_(std::move(plugin)), breaker_(clock) {}

Account::~Account() {
  if (handle_) plugin_->abi().destroy(handle_);
}

Result<std::shared_ptr<Account>> Account::build(AccountConfig config,
                                                std::shared_ptr<const Plugin> plugin,
                                                Random& random, const Clock& clock) {
  TOLLGATE_ASSERT(plugin != nullptr);
  while (config.gateway.ends_with('/')) config.gateway.pop_back();
  std::shared_ptr<Account> account(new Account(std::move(config), std::move(plugin), clock));
  account->host_ = {sizeof(tg_host), 0, &random, &fill_random};
  InfoSlot slot;
  std::array<char, 512> error{};
  account->handle_ = account->plugin_->abi().create(
      &account->host_, span_of(account->config_.gateway), span_of(account->config_.settings_json),
      &slot.info, error.data(), error.size());
  // The settings' texts hold keys; the plugin has its own form of them now.
  wipe(account->config_.settings_json);
  account->config_.settings_json.clear();
  if (!account->handle_) return Error(Errc::invalid_request, reason_of(error));
  AbiReader in;
  account->receiver_ = in.bytes("receiver", slot.info.receiver, receiver_bytes);
  const auto offset_s = slot.info.bill_utc_offset_s;
  if (offset_s < -max_utc_offset_s || offset_s > max_utc_offset_s)
    in.complain("bill_utc_offset_s is of no time zone");
  account->bill_utc_offset_s_ = offset_s;
  if (!in.sound()) return Error(Errc::invalid_request, "the plugin's " + in.problem());
  return account;
}

const Capability* Account::capability_of(sdk::OperationKind kind) const {
  const auto& all = plugin_->capabilities();
  const auto at = std::ranges::find_if(all, [&](const Capability& c) { return c.has(kind); });
  return at == all.end() ? nullptr : &*at;
}

const Capability* Account::capability(std::string_view method) const {
  for (const auto& capability : plugin_->capabilities())
    if (capability.method == method) return &capability;
  return nullptr;
}

}  // namespace tollgate::channel
