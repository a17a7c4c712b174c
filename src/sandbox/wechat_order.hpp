// Reads the body of a placement, more strictly than WeChat Pay does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "sandbox/wechat_error.hpp"

namespace tollgate::sandbox {

/// The four ways to pay; their names are the last word of the path.
enum class WechatMethod { native, jsapi, h5, app };
std::optional<WechatMethod> wechat_method(std::string_view name);
/// NATIVE, JSAPI, MWEB, APP.
std::string_view trade_type(WechatMethod method);

struct WechatOrder {
  std::string app_id;
  std::string mch_id;
  std::string description;
  std::string out_trade_no;
  std::string notify_url;
  std::string attach;
  std::string openid;
  std::int64_t total_fen = 0;
  std::optional<TimeMs> time_expire;
  std::string parameters;  ///< The method and the whole body, written the same way whatever the
                           ///< order of fields.
};

/// An order, or why not (PARAM_ERROR naming the first wrong field).
struct WechatOrderOrError {
  WechatOrder order;
  std::optional<WechatError> error;
};
/// Checks against the channel document, section 3.1 and 6: required and unknown fields, lengths,
/// characters. Does not know which merchant owns which appid.
WechatOrderOrError read_wechat_order(WechatMethod method, std::string_view body, TimeMs now);

/// `{"mchid": …}` of a close.
struct WechatCloseOrError {
  std::string mch_id;
  std::optional<WechatError> error;
};
WechatCloseOrError read_wechat_close(std::string_view body);

struct WechatRefund {
  std::string transaction_id;  ///< One of both is empty.
  std::string out_trade_no;
  std::string out_refund_no;
  std::string notify_url;
  std::int64_t refund_fen = 0;
  std::int64_t total_fen = 0;
};

/// A refund's body, or why not; section 3.4.
struct WechatRefundOrError {
  WechatRefund refund;
  std::optional<WechatError> error;
};
WechatRefundOrError read_wechat_refund(std::string_view body);

/// 6 to 32 of [0-9A-Za-z_-|*].
bool is_out_trade_no(std::string_view text);
/// Nothing is wrong where it is empty; else what.
std::string notify_url_problem(std::string_view url);

}  // namespace tollgate::sandbox
