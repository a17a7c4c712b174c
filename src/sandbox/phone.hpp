// The buyer's phone: pages that work without scripts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/router.hpp"
#include "sandbox/cashier.hpp"
#include "sandbox/context.hpp"

namespace tollgate::sandbox {

/// 12.34 CNY as "¥12.34"; other currencies with their code, whose minor units are told by ISO 4217.
std::string money_text(std::int64_t minor, std::string_view currency);
/// Safe inside an element and inside a quoted attribute.
std::string html_escape(std::string_view text);

class Phone {
 public:
  /// Both must outlive it.
  Phone(Context& context, Cashier& cashier) : context_(context), cashier_(cashier) {}

  std::vector<net::Route> routes();

 private:
  using Page = net::Response (Phone::*)(net::Request&);
  net::Route route(net::Method method, std::string pattern, Page page);

  net::Response show(net::Request& request);
  net::Response pay(net::Request& request);
  net::Response cancel(net::Request& request);
  std::string trade_list() const;
  std::string trade_page(const Trade& trade, std::string_view code,
                         std::string_view return_url) const;
  std::string receipt(const Trade& trade) const;

  Context& context_;
  Cashier& cashier_;
};

}  // namespace tollgate::sandbox
