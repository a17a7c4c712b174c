// The whole simulator without its sockets.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/http.hpp"
#include "net/router.hpp"
#include "sandbox/alipay_keys.hpp"
#include "sandbox/cashier.hpp"
#include "sandbox/checkout.hpp"
#include "sandbox/clock.hpp"
#include "sandbox/context.hpp"
#include "sandbox/control.hpp"
#include "sandbox/ipaylinks_keys.hpp"
#include "sandbox/notifier.hpp"
#include "sandbox/paypal_keys.hpp"
#include "sandbox/phone.hpp"
#include "sandbox/wechat_keys.hpp"

namespace tollgate::sandbox {

class Simulator {
 public:
  /// Makes missing keys in `keys_dir`. `clock` and `random` must outlive it. Throws std::exception
  /// with the reason where the folder cannot be used.
  Simulator(std::filesystem::path keys_dir, TimeScale scale, const Clock& clock, Random& random);

  /// Tells where the simulator is reached, and writes keys_dir/accounts.json for it.
  void publish(std::string url);

  /// Answers one request. Thread-safe; the handler of a net::Server.
  net::Awaitable<net::Response> handle(net::Request& request);

  /// Ends all notices. After the server was drained, before it is destroyed.
  void stop() { notifier_.stop(); }

  Ledger& ledger() { return ledger_; }
  Bills& bills() { return bills_; }
  const WechatKeys& wechat_keys() const { return wechat_keys_; }

 private:
  const std::filesystem::path dir_;
  ShiftedClock clock_;
  Ledger ledger_;
  Faults faults_;
  Bills bills_{ledger_};
  RequestLog requests_;
  PublicUrl url_;
  Context context_;
  WechatKeys wechat_keys_;
  AlipayKeys alipay_keys_;
  PaypalKeys paypal_keys_;
  IpaylinksKeys ipaylinks_keys_;
  std::vector<std::unique_ptr<Channel>> channels_;
  Notifier notifier_;
  Cashier cashier_;
  Control control_;
  Phone phone_;
  Checkout checkout_;
  net::Router router_;
};

}  // namespace tollgate::sandbox
