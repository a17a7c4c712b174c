// The ledger's states, the faults' counters, the scaled gaps.
#include <catch2/catch.hpp>

#include "bench.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/notifier.hpp"
#include "sandbox/wechat.hpp"

using namespace tollgate;
using namespace tollgate::sandbox;
using namespace tollgate::sandbox::test;

namespace {

const TradeKey key{"wechat", "19", "T10000001"};

Trade wish(const std::string& handle = "h1", const std::string& parameters = "p") {
  Trade trade;
  trade.key = key;
  trade.handle = handle;
  trade.parameters = parameters;
  trade.amount = 100;
  trade.currency = "CNY";
  trade.created_at = {1'000};
  trade.expires_at = {10'000};
  return trade;
}

Payment payment(std::int64_t amount, std::int64_t at_ms = 2'000) {
  return {"42", "EV-1", "oBuyer", amount, {at_ms}, "TRANSACTION.SUCCESS"};
}

Fault fault(const char* target, FaultKind kind, std::int64_t count = 1) {
  Fault out;
  out.target = target;
  out.kind = kind;
  out.count = count;
  return out;
}

}  // namespace

TEST_CASE(
    "placing again gives a fresh handle while the trade can be paid, and both handles find it",
    "[sandbox]") {
  Ledger ledger;
  CHECK(ledger.place(wish("h1")).verdict == Verdict::done);
  const Change again = ledger.place(wish("h2"));
  CHECK(again.verdict == Verdict::again);
  CHECK(again.trade.handle == "h2");
  CHECK(ledger.find_handle("h1"));
  CHECK(ledger.find_handle("h2"));
  CHECK(ledger.all().size() == 1);
  CHECK(ledger.place(wish("h3", "other")).verdict == Verdict::other_parameters);
  Trade late = wish("h4");
  late.created_at = {10'000};
  CHECK(ledger.place(late).verdict == Verdict::expired);
}

TEST_CASE("a trade is paid once, never after its close or its expiry", "[sandbox]") {
  Ledger ledger;
  CHECK(ledger.pay(key, payment(100)).verdict == Verdict::unknown);
  ledger.place(wish());
  CHECK(ledger.pay(key, payment(100, 10'000)).verdict == Verdict::expired);
  const Change paid = ledger.pay(key, payment(90));
  CHECK(paid.verdict == Verdict::done);
  CHECK(paid.trade.state == TradeState::success);
  CHECK(paid.trade.paid_amount == 90);
  CHECK(ledger.pay(key, payment(100)).verdict == Verdict::paid);
  CHECK(ledger.close(key).verdict == Verdict::paid);
  CHECK(ledger.place(wish()).verdict == Verdict::paid);
  CHECK(ledger.find_transaction("42")->paid_amount == 90);
  CHECK(ledger.totals().at({"wechat", "19"}).at("CNY").paid_amount == 90);

  Ledger other;
  other.place(wish());
  CHECK(other.close(key).verdict == Verdict::done);
  CHECK(other.close(key).verdict == Verdict::again);
  CHECK(other.pay(key, payment(100)).verdict == Verdict::closed);
  CHECK(other.place(wish()).verdict == Verdict::closed);
  CHECK(other.totals().empty());
}

TEST_CASE("tries of one notice are counted by its id and bounded", "[sandbox]") {
  Ledger ledger;
  ledger.place(wish());
  ledger.record_notice(key, {"a", 0, {}, 500, "refused", ""});
  ledger.record_notice(key, {"b", 0, {}, 500, "refused", ""});
  ledger.record_notice(key, {"a", 0, {}, 200, "acknowledged", ""});
  CHECK(ledger.find(key)->notices.at(2).attempt == 2);
  for (std::size_t i = 0; i < 2 * Ledger::max_notices; ++i)
    ledger.record_notice(key, {"a", 0, {}, 0, "x", ""});
  CHECK(ledger.find(key)->notices.size() == Ledger::max_notices);
  CHECK(ledger.find(key)->notices.back().attempt == 2 + 2 * static_cast<int>(Ledger::max_notices));
}

TEST_CASE("a fault is played as often as it was set, for its target alone", "[sandbox]") {
  Faults faults;
  REQUIRE(faults.add(fault("pay", FaultKind::cut, 2)).has_value());
  REQUIRE(faults.add(fault("query", FaultKind::hang, -1)).has_value());
  CHECK_FALSE(faults.take({"wechat", "close"}));
  CHECK(faults.take({"wechat", "pay"})->kind == FaultKind::cut);
  CHECK(faults.take({"wechat", "pay"}));
  CHECK_FALSE(faults.take({"wechat", "pay"}));
  for (int i = 0; i < 5; ++i) CHECK(faults.take({"wechat", "query"}));
  CHECK(faults.list().size() == 1);
  faults.clear();
  CHECK_FALSE(faults.take({"wechat", "query"}));
}

TEST_CASE("a fault of all targets hits what its kind fits, and a misfit is refused", "[sandbox]") {
  Faults faults;
  REQUIRE(faults.add(fault("*", FaultKind::cut_before, -1)).has_value());
  for (const char* target : {"pay", "query", "close", "certificates"})
    CHECK(faults.take({"wechat", target}));
  CHECK_FALSE(faults.take({"wechat", "notify"}));
  CHECK(faults.add(fault("notify", FaultKind::cut)).has_error());
  CHECK(faults.add(fault("pay", FaultKind::lose)).has_error());
  CHECK(faults.add(fault("pay", FaultKind::amount)).has_error());
  CHECK(faults.add(fault("invoice", FaultKind::cut)).has_error());
  CHECK(faults.add(fault("pay", FaultKind::cut, 0)).has_error());
}

TEST_CASE("the gaps between tries are scaled exactly", "[sandbox]") {
  CHECK(Wechat::notice_gaps_s.size() == 15);
  std::int64_t sum_s = 0;
  for (const auto gap : Wechat::notice_gaps_s) sum_s += gap;
  CHECK(sum_s == 24 * 3600 + 4 * 60);
  CHECK(TimeScale::parse("1")->scale_ms(15'000) == 15'000);
  CHECK(TimeScale::parse("0.01")->scale_ms(15'000) == 150);
  CHECK(TimeScale::parse("2.5")->scale_ms(21'600'000) == 54'000'000);
  CHECK(TimeScale::parse("0")->scale_ms(15'000) == 0);
  for (const char* wrong : {"", "-1", "1.", ".5", "1e3", "1001", "0.0000001", "x", "1,5"})
    CHECK_FALSE(TimeScale::parse(wrong));
}

TEST_CASE("placing over HTTP: same parameters, other parameters, paid, closed, expired",
          "[sandbox]") {
  Bench bench;
  const auto first = bench.place(Order("T10000001"));
  const auto second = bench.place(Order("T10000001"));
  REQUIRE(second.status == 200);
  CHECK(at(parsed(first.body), "/code_url") != at(parsed(second.body), "/code_url"));
  const auto other = bench.place(Order("T10000001").set("amount", R"({"total":1})"));
  CHECK(other.status == 403);
  CHECK(Bench::code(other) == "OUT_TRADE_NO_USED");
  CHECK(Bench::code(bench.place(Order("T10000001"), "app")) == "OUT_TRADE_NO_USED");

  CHECK(bench.control(net::Method::post, "/pay", R"({"out_trade_no":"T10000001","silent":true})")
            .status == 200);
  CHECK(Bench::code(bench.place(Order("T10000001"))) == "ORDERPAID");
  CHECK(Bench::code(bench.close("T10000001")) == "ORDERPAID");

  REQUIRE(bench.place(Order("T10000002")).status == 200);
  CHECK(bench.close("T10000002").status == 204);
  CHECK(bench.close("T10000002").status == 204);
  CHECK(Bench::code(bench.place(Order("T10000002"))) == "ORDER_CLOSED");
  CHECK(Bench::code(bench.close("T99999999")) == "ORDER_NOT_EXIST");

  REQUIRE(
      bench.place(Order("T10000003").set("time_expire", "\"2099-01-01T12:00:00+08:00\"")).status ==
      200);
  const auto trade = bench.simulator.ledger().find_number("T10000003");
  CHECK(trade->expires_at == trade->created_at.plus_s(90 * 86'400));
  bench.control(net::Method::post, "/shift_clock", R"({"ms":7776000000})");
  CHECK(bench.control(net::Method::post, "/pay", R"({"out_trade_no":"T10000003"})").status == 409);
}

TEST_CASE("the merchants, keys and accounts of a folder are the same after a restart",
          "[sandbox]") {
  std::string before;
  std::string accounts;
  {
    Bench bench;
    before = bench.simulator.wechat_keys().public_key()->serial;
    accounts = file_text(bench.key_path("../accounts.json"));
  }
  Bench bench;
  CHECK(bench.simulator.wechat_keys().public_key()->serial == before);
  CHECK(file_text(bench.key_path("../accounts.json")) == accounts);
  const auto list = parsed(accounts);
  REQUIRE(list.Size() >= 2);
  CHECK(at(list, "/0/id") == "wx-main");
  CHECK(at(list, "/0/gateway") == "http://127.0.0.1:9090");
  CHECK(at(list, "/0/settings/platform_public_key_id") == before);
  CHECK(file_text(at(list, "/0/settings/merchant_private_key_file"))
            .starts_with("-----BEGIN PRIVATE KEY"));
  CHECK(at(list, "/0/settings/api_v3_key").size() == 32);
  CHECK(at(list, "/1/id") == "wx-cert");
  CHECK(at(list, "/1/settings/mch_id") == cert_mch);
  CHECK(at(list, "/1/settings/platform_public_key_id") == "");
}
