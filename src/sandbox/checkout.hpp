// The pages that a browser is sent to: log in, then pay, be declined, or walk away.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/router.hpp"
#include "sandbox/cashier.hpp"
#include "sandbox/context.hpp"

namespace tollgate::sandbox {

class Checkout {
 public:
  /// Then the trade's handle.
  static constexpr std::string_view path = "/_sandbox/checkout/";

  /// Both must outlive it.
  Checkout(Context& context, Cashier& cashier) : context_(context), cashier_(cashier) {}

  std::vector<net::Route> routes();

 private:
  using Page = net::Response (Checkout::*)(const net::Request&, const Trade&);
  net::Route route(net::Method method, std::string_view step, Page page);
  net::Response frame(int status, const Trade& trade, std::string_view content) const;
  /// Nothing where the trade can be paid; else the page that says what became of it.
  std::optional<net::Response> over(const Trade& trade) const;
  net::Response leave_to(const Trade& trade, Departure departure, std::string_view mark,
                         std::string_view title) const;

  net::Response log_in(const net::Request& request, const Trade& trade);
  net::Response confirm(const net::Request& request, const Trade& trade);
  net::Response pay(const net::Request& request, const Trade& trade);
  net::Response decline(const net::Request& request, const Trade& trade);
  net::Response leave(const net::Request& request, const Trade& trade);

  Context& context_;
  Cashier& cashier_;
};

}  // namespace tollgate::sandbox
