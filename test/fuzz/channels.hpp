// The channels that are fuzzed, each with the channel's own side: keys, signatures, envelopes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "channel/subject.hpp"

namespace tollgate::fuzz {

/// How a text is to be made the channel's word.
struct Signing {
  bool foreign = false;  ///< By somebody else's key.
  unsigned form = 0;     ///< Which envelope; any number.
  std::int64_t at_ms = 0;
};

/// The channel's side over a Peer of test/channel.
class Counterpart {
 public:
  virtual ~Counterpart() = default;
  virtual test::Peer& peer() = 0;

  /// `text` as the body of an answer or notice, or inside one, and signed.
  virtual sdk::Response answer(std::string text, const Signing& signing) = 0;
  virtual sdk::CallbackInput notice(std::string text, const Signing& signing) = 0;

  /// Whether a text in the channel's own notation says this amount.
  virtual bool says(std::string_view text, std::int64_t amount,
                    std::string_view currency) const = 0;
  /// Whether answers carry a signature; else TLS alone proves them.
  virtual bool signs_answers() const { return true; }
  /// Whether these answers, which only TLS proves, may have made a notice authentic that its own
  /// signature did not.
  virtual bool vouches(std::span<const std::string>) const { return false; }
  /// Whether a notice's time is signed, so that an old one is stale.
  virtual bool signs_time() const { return true; }
  /// Whether a notice that was altered after it was signed still is what was signed.
  virtual bool same_notice(const sdk::CallbackInput& signed_one, const sdk::CallbackInput& altered);
};

struct Channel {
  std::string_view name;
  tg_plugin_entry entry;
  std::unique_ptr<Counterpart> (*make)();
};

/// A plugin joins by a line in channels.cpp for each way of configuring an account.
std::span<const Channel> channels();

std::unique_ptr<Counterpart> wechat_by_key();
std::unique_ptr<Counterpart> wechat_by_certificates();
std::unique_ptr<Counterpart> alipay_by_key();
std::unique_ptr<Counterpart> alipay_by_certificates();
std::unique_ptr<Counterpart> paypal();
std::unique_ptr<Counterpart> ipaylinks_webgate();
std::unique_ptr<Counterpart> ipaylinks_mapi();

}  // namespace tollgate::fuzz
