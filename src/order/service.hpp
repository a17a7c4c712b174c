// Orders: create, look at, cancel, expire; and what payments do to them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/context.hpp"
#include "api/idempotency.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/snowflake.hpp"
#include "db/database.hpp"
#include "order/model.hpp"
#include "order/ports.hpp"
#include "order/store.hpp"
#include "order/token.hpp"
#include "outbox/jobs.hpp"
#include "outbox/outbox.hpp"

namespace tollgate::order {

inline constexpr std::string_view expire_job = "expire_order";

struct Options {
  std::string public_url;  ///< Without a slash at the end.
  std::int64_t expires_in_s = 1800;
  std::int64_t closing_lease_ms = 60'000;  ///< How long a cancel may talk to the channel.
};

/// What the service is built over; all outlive it.
struct Services {
  db::Database& database;
  outbox::Outbox& outbox;
  outbox::Jobs& jobs;
  api::Idempotency& idempotency;
  Snowflake& ids;
  const Clock& clock;
  Metrics& metrics;
};

class OrderService {
 public:
  OrderService(Options options, Services services, TokenMint mint);

  /// To be set before the first request.
  void connect(PaymentsOfOrder& payments) { payments_ = &payments; }

  // ---- for requests -----------------------------------------------------------------------------

  /// The order as the API shows it. Error: order_not_found.
  boost::asio::awaitable<Result<std::string>> show(OrderId id);
  /// Closes at the channel, then cancels. Errors: order_not_found, order_already_paid,
  /// order_closed, payment_in_progress, channel_unavailable, channel_busy (nothing changed).
  boost::asio::awaitable<Result<std::string>> cancel(OrderId id);
  /// The expiry job: query → close at the channel → confirm → expire (P5).
  boost::asio::awaitable<outbox::JobResult> expire(const outbox::Job& job);

  /// An order that is to be created, with its id, and as the API will show it.
  struct Draft {
    Order order;
    std::string json;
  };
  /// Before the unit of work, whose thread all writers share.
  Draft draft(Order order);

  // ---- inside a unit of work --------------------------------------------------------------------

  struct Created {
    std::string json;
    bool existed = false;
  };
  /// Makes the order, or finds the live one of the pair. Error: insufficient_stock.
  Result<Created> create(db::Tx& tx, Draft& draft);
  std::optional<Order> find(db::Tx& tx, OrderId id) { return store::find(tx, id); }
  /// unpaid → paid: stock is sold, the event goes out. False where the order is not unpaid.
  bool mark_paid(db::Tx& tx, OrderId id, TimeMs paid_at);
  /// unpaid → failed (a payment of another amount or currency): stock is freed. False likewise.
  bool mark_failed(db::Tx& tx, OrderId id);
  /// expired or cancelled → paid, for money that came late: stock is sold, the event goes out.
  /// False (and nothing done) where the stock is gone, or the pair was ordered anew.
  bool take_late(db::Tx& tx, OrderId id, TimeMs paid_at);
  /// So much of what the order was paid with went back; paid → refunded where that is all.
  void refunded(db::Tx& tx, OrderId id, std::int64_t amount);
  /// As the API shows it, with its payments.
  std::string json(db::Tx& tx, const Order& order);

  const TokenMint& tokens() const { return mint_; }
  const Options& options() const { return options_; }
  Services& services() { return services_; }

 private:
  std::string json(const Order& order, const std::vector<std::string>& payments);
  bool change(db::Tx& tx, OrderId id, Status from, Status to,
              std::optional<TimeMs> paid_at = std::nullopt);
  boost::asio::awaitable<Result<Order>> begin_cancel(OrderId id);
  boost::asio::awaitable<bool> end_without_money(const Order& taken, Status to);
  boost::asio::awaitable<void> give_back(const Order& taken);

  Options options_;
  Services services_;
  TokenMint mint_;
  PaymentsOfOrder* payments_ = nullptr;
};

/// `/v1/orders…` and `/v1/stock…`.
std::vector<api::Route> routes(OrderService& service);

/// Reads and checks the body of `POST /v1/orders`. Errors: all that api::parse_body gives,
/// invalid_request with pointers, amount_mismatch.
Result<Order> parse_order(const net::Request& request, const Options& options, TimeMs now);

}  // namespace tollgate::order
