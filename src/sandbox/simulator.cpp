#include "sandbox/simulator.hpp"

#include <utility>

#include "sandbox/alipay.hpp"
#include "sandbox/files.hpp"
#include "sandbox/ipaylinks.hpp"
#include "sandbox/paypal.hpp"
#include "sandbox/wechat.hpp"

namespace tollgate::sandbox {
namespace {

net::Awaitable<net::Response> at_once(net::Response response) {
  co_return response;
}

}  // namespace

Simulator::Simulator(std::filesystem::path keys_dir, TimeScale scale, const Clock& clock,
                     Random& random)
    : dir_(std::filesystem::absolute(std::move(keys_dir))),
      clock_(clock),
      context_{ledger_, faults_, requests_, notifier_, url_, clock_, clock, random, bills_},
      wechat_keys_(dir_, clock, random),
      alipay_keys_(dir_, clock, random),
      paypal_keys_(dir_, clock, random),
      ipaylinks_keys_(dir_, random),
      notifier_(ledger_, faults_, clock_, scale),
      cashier_(context_, channels_),
      control_(context_, cashier_, notifier_, clock_),
      phone_(context_, cashier_),
      checkout_(context_, cashier_) {
  channels_.push_back(std::make_unique<Wechat>(wechat_keys_, context_));
  channels_.push_back(std::make_unique<Alipay>(alipay_keys_, context_));
  channels_.push_back(std::make_unique<Paypal>(paypal_keys_, context_));
  channels_.push_back(std::make_unique<Ipaylinks>(ipaylinks_keys_, context_));
  for (const auto& channel : channels_) router_.add(channel->routes());
  router_.add(control_.routes());
  router_.add(phone_.routes());
  router_.add(checkout_.routes());
}

void Simulator::publish(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  std::string accounts;
  for (const auto& channel : channels_)
    for (const auto& account : channel->accounts(url))
      accounts += (accounts.empty() ? "[" : ",\n ") + account;
  write_file(dir_ / "accounts.json", accounts + "]\n");
  url_.set(std::move(url));
}

net::Awaitable<net::Response> Simulator::handle(net::Request& request) {
  const auto route = router_.match(request);
  if (route) return (*route)->handler(request);
  for (const auto& channel : channels_)
    for (const auto prefix : channel->prefixes())
      if (request.path.starts_with(prefix))
        return at_once(channel->no_route(request, route.error().code));
  const bool other_method = route.error().code == Errc::method_not_allowed;
  return at_once({other_method ? 405 : 404, "application/json",
                  error_json(other_method ? "another method is needed" : "no such path")});
}

}  // namespace tollgate::sandbox
