// The buyer's side of the API: /pay/…
#pragma once

#include <string>
#include <vector>

#include "api/context.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "console/cashier.hpp"
#include "console/page.hpp"
#include "console/status_hub.hpp"

namespace tollgate::console {

/// Must outlive the server that runs its routes; so must what it is made with. Thread-safe.
class BuyerPages {
 public:
  /// `public_url`: as configured, without a slash at its end.
  BuyerPages(Cashier& cashier, StatusHub& hub, const Clock& clock, Random& random,
             std::string public_url);

  /// None of them asks for a key. What goes wrong is answered as a page in the buyer's language.
  std::vector<api::Route> routes();

 private:
  using Answer = net::Awaitable<Result<net::Response>>;
  using PageHandler = Answer (BuyerPages::*)(api::Context&, Visit&);

  Answer as_page(api::Context& context, PageHandler handler);
  Answer cashier(api::Context& context, Visit& visit);
  Answer pay(api::Context& context, Visit& visit);
  Answer requestpay(api::Context& context, Visit& visit);
  Answer send_to_be_recognised(std::string token, Choice choice, Visit& visit);
  Answer start_recognised(api::Context& context, const CashierView& view, Visit& visit);
  Answer returned(api::Context& context, Visit& visit);
  Answer events(api::Context& context);
  Answer picture(api::Context& context);

  Answer not_started(std::string token, Error error, Visit& visit);
  Visit visit_of(const net::Request& request) const;
  std::string page_path(const std::string& token) const;
  std::string state_cookie(const std::string& state) const;

  Cashier& cashier_;
  StatusHub& hub_;
  const Clock& clock_;
  Random& random_;
  const std::string public_url_;
  const std::string base_path_;
};

}  // namespace tollgate::console
