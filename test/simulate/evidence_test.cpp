// An oracle that cannot fail is worth nothing: each is shown books that were tampered with.
#include <algorithm>
#include <catch2/catch.hpp>

#include "simulate/channel_side.hpp"
#include "simulate/shop.hpp"
#include "simulate/simulation.hpp"
#include "support/temp_dir.hpp"

using namespace tollgate;
using namespace tollgate::simulate;

namespace {

/// A clean run, with its evidence; made once.
const Verdict& clean() {
  static const Verdict verdict = [] {
    const test::TempDir keys;
    ChannelSide::make_keys(keys.file("keys"));
    return run_seed(1, keys.file("keys"));
  }();
  return verdict;
}

PaymentRow& payment(Evidence& e, const std::string& status) {
  const auto at = std::ranges::find_if(e.books.payments, [&](const auto& p) {
    return p.status == status && !p.late && !e.books.late.contains(p.pay_no);
  });
  REQUIRE(at != e.books.payments.end());
  return *at;
}

OrderRow& order(Evidence& e, const std::string& status) {
  const auto at = std::ranges::find(e.books.orders, status, &OrderRow::status);
  REQUIRE(at != e.books.orders.end());
  return *at;
}

RefundRow& refund(Evidence& e, const std::string& status) {
  const auto at = std::ranges::find(e.books.refunds, status, &RefundRow::status);
  REQUIRE(at != e.books.refunds.end());
  return *at;
}

std::size_t event(const Evidence& e, const std::string& type) {
  const auto at = std::ranges::find(e.books.events, type, &EventRow::type);
  REQUIRE(at != e.books.events.end());
  return static_cast<std::size_t>(at - e.books.events.begin());
}

/// That the oracles complain, under this name, of what `tamper` does.
void must_notice(const std::string& name, const std::function<void(Evidence&)>& tamper) {
  Evidence e = clean().evidence;
  tamper(e);
  const Failures failures = check_all(e);
  INFO(name);
  CHECK(std::ranges::any_of(failures, [&](const auto& f) { return f.starts_with(name); }));
}

}  // namespace

TEST_CASE("the untouched evidence is clean, and holds every kind of end") {
  INFO((clean().failures.empty() ? std::string() : clean().failures.front()));
  REQUIRE(clean().failures.empty());
  REQUIRE(check_all(clean().evidence).empty());
  Evidence e = clean().evidence;
  order(e, "paid");
  order(e, "expired");
  payment(e, "closed");
}

TEST_CASE("O1 and O2 notice money that is not the ledger's") {
  must_notice("O1", [](Evidence& e) {
    PaymentRow twice = payment(e, "paid");
    ++twice.pay_no;
    e.books.payments.push_back(twice);
  });
  must_notice("O1", [](Evidence& e) { order(e, "paid").status = "expired"; });
  must_notice("O2", [](Evidence& e) { payment(e, "paid").status = "closed"; });
  must_notice("O2", [](Evidence& e) { payment(e, "closed").status = "paid"; });
  must_notice("O2", [](Evidence& e) { payment(e, "paid").trade_no = "another"; });
  must_notice("O2", [](Evidence& e) { payment(e, "paid").amount += 1; });
  must_notice("O2", [](Evidence& e) {
    const auto number = std::to_string(payment(e, "paid").pay_no);
    std::erase_if(e.books.payments,
                  [&](const auto& p) { return std::to_string(p.pay_no) == number; });
  });
}

TEST_CASE("O3 and P8 notice an acknowledgement without a record, and a believed forgery") {
  must_notice("O3", [](Evidence& e) {
    REQUIRE_FALSE(e.acknowledged.empty());
    const auto id = e.acknowledged.begin()->second;
    std::erase_if(e.books.callbacks, [&](const auto& row) { return row.event_id == id; });
  });
  must_notice("P8", [](Evidence& e) { e.believed.insert("EV-FORGED-1"); });
}

TEST_CASE("O4 notices events and deliveries that are missing, doubled or changed") {
  for (const char* type : {"order.created", "order.paid", "payment.created", "payment.paid",
                           "refund.created", "refund.succeeded", "order.refunded"}) {
    must_notice("O4", [&](Evidence& e) {
      e.books.events.erase(e.books.events.begin() + static_cast<std::ptrdiff_t>(event(e, type)));
    });
    must_notice("O4",
                [&](Evidence& e) { e.books.events.push_back(e.books.events[event(e, type)]); });
  }
  must_notice("O4", [](Evidence& e) { e.books.deliveries.pop_back(); });
  must_notice("O4", [](Evidence& e) { e.endpoints[0].got.erase(e.endpoints[0].got.begin()); });
  must_notice("O4", [](Evidence& e) { e.endpoints[0].got.begin()->second = "{}"; });
  must_notice("O4", [](Evidence& e) { e.endpoints[0].got["7"] = "{}"; });
}

TEST_CASE("O5 notices late money that is not on record") {
  must_notice("O5", [](Evidence& e) { payment(e, "paid").late = true; });
}

TEST_CASE("O7 notices a leak") {
  must_notice("O7", [](Evidence& e) { e.leaks.emplace_back("exchanges.request"); });
}

TEST_CASE("O8 notices what is stuck") {
  must_notice("O8", [](Evidence& e) { e.books.jobs.push_back({"query_payment", 7, 0}); });
  must_notice("O8", [](Evidence& e) { e.books.deliveries[0].status = "pending"; });
  must_notice("O8", [](Evidence& e) { order(e, "expired").status = "unpaid"; });
  must_notice("O8", [](Evidence& e) { order(e, "expired").closing_until = 1; });
  must_notice("O8", [](Evidence& e) { payment(e, "closed").status = "pending"; });
  must_notice("O8", [](Evidence& e) { payment(e, "closed").calling_until = 1; });
  must_notice("O8", [](Evidence& e) { e.books.running_keys = 1; });
  must_notice("O8", [](Evidence& e) { e.books.callbacks.front().state = "received"; });
}

TEST_CASE("O9 notices a journal that does not hold, and events that nobody sealed") {
  must_notice("O9", [](Evidence& e) { e.broken_journal = "posting 3: expected a, found b"; });
  must_notice("O9", [](Evidence& e) { e.unsealed_events = 1; });
}

TEST_CASE("O9 notices money that the journal moved otherwise than the channel") {
  must_notice("O9", [](Evidence& e) { e.books.postings.pop_back(); });
  must_notice("O9", [](Evidence& e) { ++e.balances.begin()->second["channel"]; });
  must_notice("O9", [](Evidence& e) {  // in the sums as well
    PostingRow& fee = *std::ranges::find(e.books.postings, "fee", &PostingRow::kind);
    ++fee.amount;
    auto& ledgers = e.balances[{fee.account_id, "CNY"}];
    ++ledgers[fee.debit];
    --ledgers[fee.credit];
  });
}

TEST_CASE("O6 notices refunds that are not the channel's, and late money that does not move") {
  must_notice("O6", [](Evidence& e) { refund(e, "succeeded").status = "failed"; });
  must_notice("O6", [](Evidence& e) { refund(e, "succeeded").amount += 1; });
  must_notice("O6", [](Evidence& e) { refund(e, "succeeded").pay_no += 1; });
  must_notice("O6", [](Evidence& e) { refund(e, "succeeded").approval = "required"; });
  must_notice("O6", [](Evidence& e) {
    const auto id = refund(e, "succeeded").refund_id;
    std::erase_if(e.books.refunds, [&](const auto& r) { return r.refund_id == id; });
  });
  must_notice("O6", [](Evidence& e) {
    RefundRow twice = refund(e, "succeeded");
    ++twice.refund_id;
    e.books.refunds.push_back(twice);
  });
  must_notice("O6", [](Evidence& e) { order(e, "refunded").amount_refunded -= 1; });
  must_notice("O6", [](Evidence& e) { order(e, "refunded").status = "paid"; });
  must_notice("O6", [](Evidence& e) { e.books.late[1] = {1, 100, "expired", "refunding"}; });
  must_notice("O6", [](Evidence& e) {
    e.holds_late = false;
    e.books.late[1] = {1, 100, "expired", "held"};
  });
  must_notice("O8", [](Evidence& e) { refund(e, "succeeded").status = "pending"; });
  must_notice("P11", [](Evidence& e) { e.refunds_made["1"] = 100; });
  must_notice("P11", [](Evidence& e) {
    e.refunds_told[std::to_string(refund(e, "succeeded").refund_id)] = "failed";
    refund(e, "succeeded").status = "pending";
  });
}

TEST_CASE("O10 notices what bills did not find, and what is left unexplained") {
  REQUIRE_FALSE(clean().evidence.books.reconciliations.empty());
  Plant plant;
  plant.fault = plant.kind = "duplicate";
  plant.number = "7";
  plant.completed = true;
  DifferenceRow row;
  row.kind = plant.kind;
  row.number = row.pay_no = plant.number;
  row.resolution = "operator";
  const auto with = [&](Evidence& e) -> Plant& {
    plant.found = {row};
    e.plants.push_back(plant);
    return e.plants.back();
  };
  Evidence found = clean().evidence;
  with(found);
  CHECK(check_all(found).empty());
  must_notice("O10", [&](Evidence& e) { with(e).found.clear(); });
  must_notice("O10", [&](Evidence& e) { with(e).found[0].resolution = "repaired"; });
  must_notice("O10", [&](Evidence& e) { with(e).found[0].number = "8"; });
  must_notice("O10", [&](Evidence& e) { with(e).completed = false; });
  must_notice("O10", [&](Evidence& e) {
    e.books.differences.push_back(row);
    ++e.unexplained.at(static_cast<std::size_t>(app::Unexplained::differences_open));
  });
  must_notice("O10", [](Evidence& e) { e.books.reconciliations[0].status = "failed"; });
  must_notice("O10", [](Evidence& e) { e.days_left_out.emplace_back("wx-main 2026-01-01"); });
  for (const auto kind : app::unexplained_kinds)
    must_notice("O10", [&](Evidence& e) { ++e.unexplained.at(static_cast<std::size_t>(kind)); });
  must_notice("O10", [](Evidence& e) {  // a lie that no bill brought to light
    const PaymentRow& liar = payment(e, "paid");
    e.lied_about.insert(std::to_string(liar.pay_no));
    payment(e, "paid").amount += 1;
  });
}

TEST_CASE("P6, P11 and stock notice what was told and does not hold") {
  must_notice("P11", [](Evidence& e) { e.made.emplace_back("1"); });
  must_notice("P11", [](Evidence& e) { e.told[std::to_string(order(e, "paid").id)] = "expired"; });
  must_notice("P6", [](Evidence& e) { e.books.orders.push_back(order(e, "paid")); });
  must_notice("P6", [](Evidence& e) { order(e, "expired").live = 1; });
  must_notice("stock leaked", [](Evidence& e) { ++e.books.stock[scarce_goods].available; });
  must_notice("stock", [](Evidence& e) { ++e.books.stock[scarce_goods].sold; });
  must_notice("stock", [](Evidence& e) { ++e.books.stock[scarce_goods].locked; });
  must_notice("stock", [](Evidence& e) {
    const auto at = std::ranges::find(e.books.items, scarce_goods, &ItemRow::goods_id);
    REQUIRE(at != e.books.items.end());
    at->locked = true;
    e.books.stock[scarce_goods].locked += at->quantity;
    e.books.stock[scarce_goods].available -= at->quantity;
  });
}
