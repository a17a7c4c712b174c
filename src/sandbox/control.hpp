// The interface that tests and demonstrations drive the simulator by: /_sandbox/…
// (docs/sandbox.md).
#pragma once

#include <map>
#include <memory>
#include <optional>
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
std::string request_json(const RequestRecord& record);
std::string fault_json(const Fault& fault);
std::string totals_json(const Merchant& merchant, std::string_view channel,
                        const std::map<std::string, MerchantTotals>& by_currency);

/// A parsed body and what is wrong with it; the object's views live as long as this.
class ControlBody {
 public:
  explicit ControlBody(const net::Request& request);
  ControlBody(const ControlBody&) = delete;
  ControlBody& operator=(const ControlBody&) = delete;

  bool is_json() const { return document_.has_value(); }
  /// Of what is no JSON.
  net::Response refusal() const;
  /// Of what is JSON.
  json::Object& object();
  /// The refusal where something is wrong; call it after the last read.
  std::optional<net::Response> problem();

 private:
  const Result<json::Document> document_;
  json::Errors errors_;
  std::optional<json::Object> object_;
};
net::Response control_ok(std::string json);
net::Response control_refused(int status, std::string_view why);
/// 404 for not_found, else 422.
net::Response control_invalid(const Error& error);

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
  net::Response decline(net::Request& request);
  net::Response refund(net::Request& request);
  net::Awaitable<net::Response> notify(net::Request& request);
  net::Response add_fault(net::Request& request);
  net::Response list_faults(net::Request& request);
  net::Response clear_faults(net::Request& request);
  net::Response rotate(net::Request& request);
  net::Response configure(net::Request& request);
  net::Response requests(net::Request& request);
  net::Response ledger(net::Request& request);
  net::Response shift_clock(net::Request& request);
  net::Response bills(net::Request& request);
  net::Response set_bills(net::Request& request);

  std::optional<Trade> find(json::Object& body) const;
  using Step = Change (Channel::*)(const Trade&);
  net::Response take_step(net::Request& request, Step step);

  Context& context_;
  Cashier& cashier_;
  Notifier& notifier_;
  ShiftedClock& clock_;
};

}  // namespace tollgate::sandbox
