// What the simulated WeChat Pay says: signatures, trades and notices as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "net/http.hpp"
#include "sandbox/distortion.hpp"
#include "sandbox/notice.hpp"
#include "sandbox/wechat_keys.hpp"

namespace tollgate::sandbox {

/// yyyy-MM-ddTHH:mm:ss+08:00.
std::string wechat_time(TimeMs time);
/// yyyyMMddHHmmss in China.
std::string wechat_digits(TimeMs time);

/// The stamps of one message; signature over "timestamp\nnonce\nbody\n" (channel document,
/// section 2.2).
struct WechatStamps {
  std::string serial;
  std::string timestamp;
  std::string nonce;
  std::string signature;  ///< base64

  void add_to(net::Headers& headers) const;
};
WechatStamps wechat_stamps(const WechatSigner& signer, TimeMs at, Random& random,
                           std::string_view body);

/// What is said of a trade in spite of the books.
struct WechatLies {
  std::optional<std::string> app_id;
  std::optional<std::string> mch_id;
  std::optional<std::int64_t> amount;
};
/// The answer to a query, and for a paid trade the secret content of its notice (sections 3.2
/// and 5.4).
std::string wechat_trade_json(const Trade& trade, const WechatLies& lies = {});

/// A refund: the answer to asking for it and about it (sections 3.4, 3.5).
std::string wechat_refund_json(const Trade& trade, const Refund& refund,
                               std::optional<std::int64_t> amount = std::nullopt);

/// {"algorithm","nonce","associated_data","ciphertext"}, sealed with the merchant's APIv3 key; with
/// `original_type` for notices, without for certificates (empty).
std::string wechat_sealed_json(const WechatMerchant& merchant, Random& random,
                               std::string_view associated_data, std::string_view original_type,
                               std::string_view plain);

struct WechatNotice {
  const Trade& trade;
  Told told;
  Distortion distortion;
};
/// A complete signed notice (section 5).
NoticeMessage wechat_notice(const WechatNotice& notice, const WechatKeys& keys, TimeMs now,
                            Random& random);

}  // namespace tollgate::sandbox
