// What all operations of one app share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "alipay/signing.hpp"
#include "alipay/trust.hpp"
#include "common/form.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::alipay {

inline constexpr std::string_view currency = "CNY";
inline constexpr int currency_digits = 2;

/// Immutable but for `trust`; thread-safe. Outlives the channel's operations.
struct Account {
  std::string gateway;  ///< The URL of all calls.
  std::string seller_id;
  std::string receiver;  ///< "seller_id/app_id"
  Signer signer;
  std::unique_ptr<Trust> trust;
  bool page_by_form = false;    ///< page and wap answer a form instead of a URL.
  std::string qr_product_code;  ///< "" leaves the choice to Alipay.

  /// The signed parameters of a call, in all of its ways. Empty URLs are left out.
  common::Form parameters(std::string_view method, std::string biz_content, std::int64_t now_ms,
                          std::string_view notify_url = {}, std::string_view return_url = {}) const;
};

/// The gateway's URL with the public parameters, what a call is posted to; `biz_content` is not
/// among them.
std::string call_url(const Account& account, common::Form parameters);

/// A call from server to server.
sdk::Request call(const Account& account, const common::Form& parameters, bool resend_safe);

}  // namespace tollgate::alipay
