// WeChat's authorisation page for its own browser: how a merchant learns a buyer's openid.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/context.hpp"
#include "sandbox/exchange.hpp"
#include "sandbox/wechat_keys.hpp"

namespace tollgate::sandbox {

/// Two paths: /connect/oauth2/authorize, which the buyer's app opens and is sent back from with a
/// code, and /sns/oauth2/access_token, where the merchant's server changes the code for the openid.
/// Only snsapi_base, which asks the buyer nothing, is played. Thread-safe.
class WechatOauth {
 public:
  static constexpr std::int64_t code_life_s = 300;
  static constexpr std::size_t max_codes = 10'000;

  /// All must outlive it.
  WechatOauth(const WechatKeys& keys, Context& context, Exchange& exchange)
      : keys_(keys), context_(context), exchange_(exchange) {}

  std::vector<net::Route> routes();
  /// How the token's path refuses in the kinds frequency, refuse and status.
  static net::Response refuse(const Fault& fault);
  static bool is_path(std::string_view path);
  /// The openid under this app of the buyer whose app has this User-Agent: the same each time.
  static std::string openid(std::string_view app_id, std::string_view user_agent);

 private:
  struct Code {
    std::string app_id;
    std::string openid;
    TimeMs until;
    bool used = false;
  };

  Outcome authorize(net::Request& request, const std::optional<Fault>& fault);
  Outcome token(net::Request& request, const std::optional<Fault>& fault);
  std::string new_code(const WechatMerchant& merchant, std::string_view user_agent);
  /// The openid, or the error's number.
  struct Taken {
    std::string openid;
    int error = 0;
  };
  Taken take(std::string_view app_id, const std::string& code);
  const WechatMerchant* merchant_of_app(std::string_view app_id) const;

  const WechatKeys& keys_;
  Context& context_;
  Exchange& exchange_;
  std::mutex mutex_;
  std::map<std::string, Code> codes_;
};

}  // namespace tollgate::sandbox
