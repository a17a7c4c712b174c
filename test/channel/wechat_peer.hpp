// WeChat Pay's side of API v3 for tests.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crypto.hpp"
#include "subject.hpp"

namespace tollgate::test {

/// Made once for all tests: making RSA keys is slow.
struct WechatKeys {
  KeyPair merchant, platform, other;
  static const WechatKeys& get();
};

class WechatPeer final : public Peer {
 public:
  static constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
  static constexpr std::int64_t now_ms = 1'767'240'000'000;  ///< 2026-01-01T12:00:00+08:00

  explicit WechatPeer(bool by_certificates);

  // Peer
  std::string gateway() const override { return "https://api.mch.weixin.qq.com"; }
  std::string settings_json() const override;
  std::string receiver() const override { return mch_id + "/" + app_id; }
  std::vector<sdk::OperationInput> wishes() const override;
  sdk::Response answer(const sdk::Request& request, std::int64_t now_ms) override;
  std::vector<Fault> proof_faults() const override;
  sdk::CallbackInput notice(std::int64_t now_ms) override;
  bool proves(const sdk::Request& request) const override;
  sdk::CallbackInput forged_notice(std::int64_t now_ms) override;
  std::set<std::string> proof_headers() const override;

  // Finer tools
  std::map<std::string, std::string> settings() const;
  static std::string to_json(const std::map<std::string, std::string>& settings);
  sdk::OperationInput wish(sdk::OperationKind kind, std::string method = "native") const;
  /// `body` signed as WeChat Pay does.
  sdk::Response signed_response(int status, std::string body, std::int64_t at_ms,
                                const KeyPair& key = WechatKeys::get().platform) const;
  sdk::CallbackInput signed_notice(std::string body, std::int64_t at_ms,
                                   const KeyPair& key = WechatKeys::get().platform) const;
  std::string notice_body(std::string_view plain, std::string_view event_type,
                          std::string_view original_type = "transaction") const;
  std::string trade(std::string_view state) const;
  sdk::Response certificates(std::int64_t at_ms) const;
  /// Checks the Authorization of a request; throws where it does not hold.
  static void check_authorization(const sdk::Request& request, std::int64_t at_ms);

  static inline const std::string mch_id = "1900000001";
  static inline const std::string app_id = "wx2421b1c4370ec43b";
  static inline const std::string pay_no = "7214983217463296001";
  static inline const std::string api_v3_key = "0123456789abcdef0123456789abcdef";
  static inline const std::string merchant_serial = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C";
  static inline const std::string key_id = "PUB_KEY_ID_0119000000012024112200000000000001";

  bool by_certificates;
  std::string certificate_serial = "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC";
  std::int64_t certificate_from_ms = now_ms - 365 * day_ms;
  std::int64_t certificate_to_ms = now_ms + 365 * day_ms;
  std::string sign_as;  ///< Serial of what is signed next; "" = the mode's own.
  int certificate_fetches = 0;
  std::string bill;  ///< The unpacked file.
  std::string fund_bill;
  std::string bill_hash;  ///< Instead of the true one.
  std::string bill_url =
      "https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUPto7pByrTQKhd";

 private:
  std::string packed_;                                                        // the file that waits
  mutable std::map<std::pair<std::string, std::int64_t>, std::string> pems_;  // signing is slow
  std::map<std::string, std::string, std::less<>> signature_headers(std::string_view body,
                                                                    std::int64_t at_ms,
                                                                    const KeyPair& key) const;
};

std::unique_ptr<Peer> wechat_by_key();
std::unique_ptr<Peer> wechat_by_certificates();

}  // namespace tollgate::test
