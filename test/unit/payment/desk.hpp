// Attempts against a channel that says what the test wants. It is never asked over a socket: the
// toy ends each operation at once.
#pragma once

#include <climits>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "../channel/fixture.hpp"
#include "fakes.hpp"
#include "payment/attempts.hpp"
#include "payment/store.hpp"

namespace tollgate::test {

using sdk::OperationKind;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

inline constexpr OrderId the_order{1};

/// Takes money once, while it is unpaid.
class OneOrder final : public payment::OrdersOfPayment {
 public:
  explicit OneOrder(const Clock& clock) : clock_(clock) {}
  std::string status = "unpaid";
  std::optional<payment::PayableOrder> find(db::Tx&, OrderId id) override {
    const Money price(9900, *Currency::parse("CNY"));
    const bool unpaid = status == "unpaid";
    return payment::PayableOrder{id, status, unpaid, status == "paid", price, "", "", ends_, {}};
  }
  bool mark_paid(db::Tx&, OrderId, TimeMs) override { return leave_unpaid("paid"); }
  bool mark_failed(db::Tx&, OrderId) override { return leave_unpaid("failed"); }
  bool take_late(db::Tx&, OrderId, TimeMs) override { return false; }

 private:
  bool leave_unpaid(const char* to) {
    if (status != "unpaid") return false;
    status = to;
    return true;
  }
  const Clock& clock_;
  const TimeMs ends_ = clock_.now().plus_s(1'800);
};

/// Counts the units that write, and loses the disk when told to.
class WatchedDatabase final : public db::Database {
 public:
  explicit WatchedDatabase(db::Database& inner) : inner_(inner) {}
  int writes = 0;
  int writes_until_lost = INT_MAX;
  void run_script(std::string_view sql) override { inner_.run_script(sql); }
  void stop() override { inner_.stop(); }
  bool healthy() const override { return inner_.healthy(); }
  std::size_t waiting() const override { return inner_.waiting(); }

 protected:
  std::exception_ptr enqueue(db::Unit&& unit, bool write) override {
    if (write && ++writes > writes_until_lost)
      return std::make_exception_ptr(db::DatabaseError("the disk is lost"));
    struct Open : Database {
      using Database::enqueue;
    };
    return (inner_.*&Open::enqueue)(std::move(unit), write);
  }

 private:
  db::Database& inner_;
};

struct Desk {
  ManualClock clock;
  test::House house{5'000, &clock};
  WatchedDatabase database{*house.database};
  outbox::Outbox outbox{house.ids, clock};
  outbox::Jobs jobs{*house.database, house.ids, clock, house.metrics};
  OneOrder orders{clock};
  channel::AccountBook accounts;
  test::HeardRefunds refunds;
  std::vector<std::thread::id> drawn_by;  ///< The threads that wanted a code's picture.
  payment::Settler settler{{outbox, jobs, orders, refunds, clock, house.metrics,
                            [this](std::string_view) {
                              drawn_by.push_back(std::this_thread::get_id());
                              return std::string();
                            },
                            payment::LatePolicy::hold}};
  payment::Attempts attempts{{"https://pay.example", {5}, 5'000},
                             {database, outbox, jobs, house.driver, accounts, orders, house.ids,
                              clock, house.random, settler}};
  /// What the channel answers to each operation; asked for one that is not here, it says unknown.
  std::map<OperationKind, Outcome> says;

  Desk() {
    accounts.replace({house.account(test::toy_plugin(), test::dead_url())});
    test::toy().next = [this](int, const sdk::Response*) -> sdk::Step {
      const auto at = says.find(test::toy().inputs.back().kind);
      return at == says.end() ? Outcome() : at->second;
    };
    says[OperationKind::pay] = material();
  }

  static Outcome material() {
    Outcome outcome(Verdict::pending);
    outcome.action = sdk::ActionType::qr;
    outcome.material = "toy://pay";
    return outcome;
  }
  static Outcome paid(std::string receiver = "toy/1") {
    Outcome outcome(Verdict::succeeded);
    outcome.amount = 9900;
    outcome.currency = "CNY";
    outcome.channel_trade_no = "4200";
    outcome.receiver = std::move(receiver);
    return outcome;
  }
  Result<payment::Payment> start() {
    payment::StartRequest request;
    request.order_id = the_order;
    request.method = "qr";
    return house.await(attempts.start(std::move(request)));
  }
};

}  // namespace tollgate::test
