// The interface that tests and demonstrations drive the simulator by: /_sandbox/…
// (docs/sandbox.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_reader.hpp"
#include "net/router.hpp"
#include "sandbox/cashier.hpp"
#include "sandbox/clock.hpp"
#include "sandbox/context.hpp"
#include "sandbox/notifier.hpp"

namespace tollgate::sandbox {

/// A trade as the control interface shows it.
std::string trade_json(const Trade& trade);
std::string error_json(std::string_view what);

class Control {
 public:
  static constexpr std::int64_t max_burst = 1'000;

  /// All must outlive it.
  Control(Context& context, Cashier& cashier, Notifier& notifier, ShiftedClock& clock)
      : context_(context), cashier_(cashier), notifier_(notifier), clock_(clock) {}

  std::vector<net::Route> routes();

 private:
  using Plain = net::Response (Control::*)(net::Request&);
  net::Route route(net::Method method, std::string pattern, Plain handler);

  net::Response trades(net::Request& request);
  net::Response trade(net::Request& request);
  net::Response pay(net::Request& request);
  net::Response close(net::Request& request);
  net::Awaitable<net::Response> notify(net::Request& request);
  net::Response add_fault(net::Request& request);
  net::Response list_faults(net::Request& request);
  net::Response clear_faults(net::Request& request);
  net::Response rotate(net::Request& request);
  net::Response requests(net::Request& request);
  net::Response ledger(net::Request& request);
  net::Response shift_clock(net::Request& request);

  std::optional<Trade> find(json::Object& body) const;

  Context& context_;
  Cashier& cashier_;
  Notifier& notifier_;
  ShiftedClock& clock_;
};

}  // namespace tollgate::sandbox
