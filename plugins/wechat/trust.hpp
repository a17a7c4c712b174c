// Whose signatures an account believes: WeChat Pay's public key by its id, and platform
// certificates by serial. The message names the key; both kinds stand side by side while a merchant
// moves to the public key.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/crypto.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::wechat {

/// The four headers of a signed answer or notice, and what they sign.
struct SignedText {
  std::string_view serial, timestamp, nonce, signature, signature_type, body;

  /// `message` is a sdk::Response or sdk::CallbackInput; it must outlive this.
  template <class Message>
  static SignedText of(const Message& message) {
    return {message.header("wechatpay-serial"),         message.header("wechatpay-timestamp"),
            message.header("wechatpay-nonce"),          message.header("wechatpay-signature"),
            message.header("wechatpay-signature-type"), message.body};
  }
};

enum class Check { genuine, missing_header, malformed, stale, unknown_serial, mismatch };

/// A stable word for records and refusals.
std::string_view word(Check check);

using PlatformCertificates = std::map<std::string, common::Certificate, std::less<>>;

/// The RSA certificates of an answer to GET /v3/certificates that are valid now. Nothing where the
/// answer is no such answer, the APIv3 key does not open one of them, or one has not the serial
/// announced.
std::optional<PlatformCertificates> read_certificates(std::string_view body,
                                                      std::string_view api_v3_key,
                                                      std::int64_t now_ms);

/// Thread-safe; shared by all operations of a channel.
class Trust {
 public:
  struct PlatformKey {
    std::string id;  ///< PUB_KEY_ID_…
    common::PublicKey key;
  };
  static constexpr std::int64_t max_age_s = 300;

  /// Without a platform key the account lives by certificates alone.
  Trust(std::string api_v3_key, std::optional<PlatformKey> platform_key)
      : api_v3_key_(std::move(api_v3_key)), platform_key_(std::move(platform_key)) {}

  /// In the order of wechat.md section 2.2. Whatever is `age_s` away from now, either way, is
  /// stale.
  Check check(const SignedText& text, std::int64_t now_ms, std::int64_t age_s = max_age_s) const;

  /// What goes out as Wechatpay-Serial, so that answers are signed by a key we know; "" for none
  /// yet.
  std::string preferred_serial(std::int64_t now_ms) const;

  bool by_certificates() const { return !platform_key_; }
  /// True where an operation of ours should fetch certificates before it sends anything: there is
  /// none, or those there are old. A true answer counts as a fetch.
  bool claim_routine_fetch(std::int64_t now_ms);
  /// True where a message with this unknown serial is worth a fetch. Invented serials cannot make
  /// us hammer WeChat Pay: after a fetch that did not find its serial the next one waits a minute,
  /// after one that failed 5 s. A true answer counts as a fetch.
  bool claim_fetch_for(std::string_view serial, std::int64_t now_ms);
  /// True where at least one key can verify.
  bool can_verify(std::int64_t now_ms) const;

  /// Takes in an answer to GET /v3/certificates: opened with the APIv3 key and then verified with
  /// what it brought. False, and nothing changes, where it does not hold.
  bool install(const sdk::Response& response, std::int64_t now_ms);

  const std::string& api_v3_key() const { return api_v3_key_; }

 private:
  using Snapshot = std::shared_ptr<const PlatformCertificates>;
  Snapshot certificates() const;
  Check check_with(const PlatformCertificates& certificates, const SignedText& text,
                   std::int64_t now_ms, std::int64_t age_s) const;

  const std::string api_v3_key_;
  const std::optional<PlatformKey> platform_key_;
  mutable std::mutex mutex_;
  Snapshot certificates_ = std::make_shared<PlatformCertificates>();
  std::optional<std::int64_t> installed_ms_, claimed_ms_, searched_ms_;
  std::string searched_serial_;
  bool search_failed_ = false;
};

}  // namespace tollgate::wechat
