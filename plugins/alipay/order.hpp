// An order as Alipay wants to be told of it (alipay.md section 3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "alipay/account.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::alipay {

/// One way of paying at Alipay.
struct Product {
  std::string_view method;  ///< Ours.
  std::string_view call;    ///< "alipay.trade.…"
  std::string_view code;    ///< product_code; "" leaves it out.
};

/// Nothing where there is no such method.
const Product* product_of(std::string_view method);

/// Why Alipay would refuse the order; "" where it would not.
std::string_view unfit(const sdk::OperationInput& order, std::int64_t now_ms);

/// The biz_content of an order that is fit.
std::string order_content(const Account& account, const Product& product,
                          const sdk::OperationInput& order, std::int64_t now_ms);

}  // namespace tollgate::alipay
