// The buyer's phone: the trades of all channels that wait, and what a scanned code leads to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/router.hpp"
#include "sandbox/cashier.hpp"
#include "sandbox/context.hpp"

namespace tollgate::sandbox {

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

  Context& context_;
  Cashier& cashier_;
};

}  // namespace tollgate::sandbox
