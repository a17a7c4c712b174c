// The pages as text: pure functions of what is known of an order, of the buyer's device and
// language.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "console/cashier.hpp"
#include "console/device.hpp"
#include "console/texts.hpp"
#include "net/http.hpp"

namespace tollgate::console {

/// What a page is made for.
struct Visit {
  const Texts& texts;
  Device device = Device::desktop;
  TimeMs now;
  std::string nonce;          ///< Fresh for each response; [0-9A-Za-z].
  std::string base_path;      ///< The path of public_url, before "/pay/…".
  bool returned = false;      ///< The buyer comes back from a channel.
  bool go_on = false;         ///< Leave for the channel at once where the attempt leads there.
  std::optional<Errc> alert;  ///< Starting a payment failed with it.

  explicit Visit(const Texts& t) : texts(t) {}
};

/// True where nothing will change any more for the buyer: event streams end then.
bool is_final(std::string_view order_status);

/// 200 text/html with its security headers.
net::Response cashier_page(const CashierView& view, const Visit& visit);

/// The same look for a token that names no order.
net::Response not_found_page(const Visit& visit);

/// The same look for an error of ours; tells `request_id`, and nothing of the cause.
net::Response error_page(int status, std::string_view request_id, const Visit& visit);

}  // namespace tollgate::console
