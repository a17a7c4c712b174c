// biz_content: what the merchant wishes, read as strictly as the channel document tells
// (section 3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "sandbox/alipay_gateway.hpp"
#include "sandbox/trade.hpp"

namespace tollgate::sandbox {

enum class AlipayProduct { page, wap, app, qr };
/// By the method: alipay.trade.page.pay …; nothing for one that does not place.
std::optional<AlipayProduct> alipay_product(std::string_view method);

/// What Alipay remembers of a placement beyond what all channels do.
struct AlipayDetails final : Details {
  std::string body;
  std::string quit_url;
  std::string return_url;
  std::string method;
};

struct AlipayOrder {
  std::string out_trade_no;
  std::int64_t total_fen = 0;
  std::string subject;
  std::string body;
  std::string quit_url;
  std::string passback_params;  ///< As sent, still encoded.
  std::string seller_id;        ///< Empty where the app's own.
  std::string parameters;       ///< Tells a repetition from another order.
  TimeMs expires_at;
};
struct AlipayOrderOrError {
  AlipayOrder order;
  std::optional<AlipayError> error;
};
AlipayOrderOrError read_alipay_order(AlipayProduct product, const std::string& biz_content,
                                     TimeMs now);

/// Which trade a query, close or cancel is about.
struct AlipayTradeName {
  std::string out_trade_no;
  std::string trade_no;  ///< Wins where both are given.
  std::optional<AlipayError> error;
};
AlipayTradeName read_alipay_trade_name(const std::string& biz_content, std::string_view method);

/// A refund, or a question about one: the trade's name and what belongs to the refund.
struct AlipayRefund {
  AlipayTradeName trade;
  std::string out_request_no;
  std::int64_t refund_fen = 0;  ///< 0 in a question.
};
AlipayRefund read_alipay_refund(const std::string& biz_content, bool question);

/// Fen of a yuan text of at most two decimals, 0.01 to 100000000; nothing for another text.
std::optional<std::int64_t> read_yuan(std::string_view text);
std::string write_yuan(std::int64_t fen);

/// Empty where it may stand as notify_url, return_url or quit_url; else the reason.
std::string alipay_url_problem(std::string_view url, bool with_query);

}  // namespace tollgate::sandbox
