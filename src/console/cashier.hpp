// What the buyer's pages need to know of an order, and the two things that a buyer may do with it.
// The composition root implements it over the order and payment modules.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/strong_id.hpp"
#include "net/http.hpp"

namespace tollgate::console {

/// One line of the order.
struct Item {
  std::string name;
  std::int64_t unit_price = 0;  ///< Minor units.
  std::int64_t quantity = 1;
};

/// One way to pay that some account offers for this order's amount and currency; which one serves
/// it is decided when the buyer pays. Each pair of channel and method once; the order of the list
/// is the order of preference.
struct Choice {
  std::string channel;
  std::string method;
  /// What the buyer reads on the button ("WeChat Pay"; a well-known channel's is translated).
  /// Choices of one channel with the same title are one button, by the method that suits the device
  /// best.
  std::string title;
  /// The channel wants to know the buyer first (WeChat's openid), see Cashier::recognise.
  bool needs_openid = false;
};

/// A payment that was started and not finished.
struct Attempt {
  std::string channel;
  std::string method;
  std::string title;        ///< As in Choice.
  std::string action_type;  ///< The API's word: qr, redirect, form, jsapi, app; empty: none.
  std::string material;     ///< qr: content, redirect: URL, form: HTML, jsapi: JSON.
  TimeMs created;
};

struct CashierView {
  OrderId order;
  std::string token;
  std::string status;  ///< The order's, as the API has it.
  std::string description;
  std::string currency;     ///< ISO 4217.
  std::int64_t amount = 0;  ///< Minor units.
  std::vector<Item> items;
  TimeMs expires_at;
  std::vector<Choice> choices;          ///< Empty where nothing can be started any more.
  std::optional<Attempt> open_attempt;  ///< The latest whose material is still valid.
  std::string return_url;               ///< Where the merchant wants the buyer back; or empty.
};

/// Where a buyer's app tells the channel's account who he is. It is sent back to the address that
/// it is given, with the parameters `code` and `state` added.
struct Recognition {
  std::string account_id;
  std::string url;  ///< Complete, the way back and the state in it.
};

struct StartedAction {
  std::string type;      ///< As Attempt::action_type.
  std::string material;  ///< As Attempt::material.
};

/// All calls may come from any I/O thread and at the same time. Nothing here believes the buyer:
/// a token only names an order.
class Cashier {
 public:
  virtual ~Cashier() = default;

  /// What the order looks like now. Error: order_not_found.
  virtual net::Awaitable<Result<CashierView>> view(std::string token) = 0;

  /// Starts a payment, or answers the open one of the same channel and method while its material is
  /// valid. Errors: order_not_found, order_already_paid, order_closed; method_unavailable where the
  /// view does not offer the pair; rate_limited where too many were started for this order;
  /// channel_unavailable, channel_refused, channel_busy.
  virtual net::Awaitable<Result<StartedAction>> start(std::string token, std::string channel,
                                                      std::string method,
                                                      std::string client_ip) = 0;

  /// Where to send a buyer for a choice that needs an openid; `back` makes the way back for the
  /// account that will serve it. Errors: order_not_found, method_unavailable.
  using WayBack = std::function<std::string(const std::string& account_id)>;
  virtual net::Awaitable<Result<Recognition>> recognise(std::string token, Choice choice,
                                                        std::string state, WayBack back) = 0;

  /// The buyer came back from there with a code: learns his openid and starts the payment with it,
  /// in place of an open one, which may be of another buyer. Errors: those of start;
  /// channel_refused where the code is worth nothing.
  virtual net::Awaitable<Result<StartedAction>> start_recognised(std::string token,
                                                                 std::string account_id,
                                                                 std::string code,
                                                                 std::string client_ip) = 0;

  /// The buyer came back from a channel: asks (and captures) there and answers the view after it. A
  /// channel that was asked a moment ago is not asked again, and one that does not answer within a
  /// few seconds is not waited for: what is known is shown. Error: order_not_found.
  virtual net::Awaitable<Result<CashierView>> returned(std::string token) = 0;
};

}  // namespace tollgate::console
