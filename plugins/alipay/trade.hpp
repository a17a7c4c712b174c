// What Alipay says of a trade, as an outcome (alipay.md section 4).
#pragma once

#include <functional>
#include <string_view>

#include "alipay/account.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::alipay {

/// A named text of a verified answer or notice; "" where there is none.
using Field = std::function<std::string_view(std::string_view name)>;

/// A trade by its trade_status. Paid without all that proves it (number, trade number, amount) is
/// unknown, never succeeded. The receiver is left to the caller.
/// TRADE_CLOSED is one word for two things, never paid and refunded wholly; both are failed
/// (closed) here, since in both the merchant has no money of this trade. To a payment known as paid
/// it says nothing: the host never undoes that. What was refunded so far is refund_amount.
sdk::Outcome read_trade(const Field& field);

/// A verified notice of a refund. It tells the sum of all refunds, not this one's amount, so it is
/// unknown: the refund's own query says more.
sdk::Outcome read_refund(const Field& field);

/// True where a verified notice is about one refund and not about the trade.
bool tells_refund(const Field& field);

/// A number as Alipay gives it: printable ASCII of at most 128 characters; "" for all else.
std::string number(std::string_view text);

}  // namespace tollgate::alipay
