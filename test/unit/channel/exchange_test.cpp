#include <catch2/catch.hpp>

#include "base/json_reader.hpp"
#include "channel/exchange_store.hpp"
#include "channel/words.hpp"
#include "fixture.hpp"

using namespace tollgate;
using namespace tollgate::test;
using sdk::Verdict;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const db::Sql dump_rows{
    "SELECT COALESCE(url, '') || request || COALESCE(response, '') FROM exchanges"};
const db::Sql count_callbacks{
    "SELECT COUNT(*) FROM exchanges WHERE account_id = :account AND operation = 'callback'"};

}  // namespace

TEST_CASE("every exchange is on record with request, answer, end and duration") {
  House house;
  Peer peer({{.body = R"({"token":"T"})"}, {.status = 404, .body = R"({"code":"NO"})"}});
  const auto account = house.account(toy_plugin(), peer.url());
  toy().next = [&](int exchange, const sdk::Response*) -> sdk::Step {
    if (exchange < 2) return request_to(peer.url() + "/" + std::to_string(exchange));
    return sdk::Outcome(Verdict::failed, sdk::Reason::not_found);
  };
  auto input = input_of(sdk::OperationKind::query_refund);
  input.refund_no = "77";
  house.run(account, input);

  const auto rows = house.exchanges(PayNo(42));
  REQUIRE(rows.size() == 2);
  for (const auto& row : rows) CHECK(json::Document::parse(row).has_value());
  CHECK(has(rows[0], R"("operation":"query_refund","direction":"out","method":"POST")"));
  CHECK(has(rows[0], R"("url":")" + peer.url() + R"(/0")"));
  CHECK(has(rows[0], R"("body":"{\"amount\":9900}")"));
  CHECK(has(rows[0], R"("transport":"ok","status":200,"outcome":"continued")"));
  CHECK(has(rows[0], R"("body":"{\"token\":\"***\"}")"));
  CHECK(has(rows[1], R"("status":404,"outcome":"failed")"));
  CHECK(has(rows[1], R"("refund_id":"77")"));
  CHECK(has(rows[1], R"("duration_ms":)"));
}

TEST_CASE("P11: an intent whose end nobody lived to see stays without an outcome") {
  House house;
  const auto account = house.account(toy_plugin(), dead_url());
  toy().next = [](int, const sdk::Response*) -> sdk::Step {
    return request_to("https://pay.example/x");
  };
  {
    auto call = house.driver.begin(account, *account->capability("qr"), pay_input());
    house.database->write_blocking([&](db::Tx& tx) { return call->record_intent(tx), true; });
  }
  const auto rows = house.exchanges(PayNo(42));
  REQUIRE(rows.size() == 1);
  CHECK(has(rows[0],
            R"("response":null,"transport":null,"status":null,"outcome":null,"duration_ms":null)"));
}

TEST_CASE(
    "without an intent the outcome writes all rows; an operation that was not run writes none") {
  House house;
  Peer peer({{}});
  const auto account = house.account(toy_plugin(), peer.url());
  toy().next = [&](int, const sdk::Response* response) -> sdk::Step {
    if (!response) return request_to(peer.url());
    return sdk::Outcome(Verdict::pending);
  };
  auto call = house.driver.begin(account, *account->capability("qr"), pay_input());
  house.database->write_blocking([&](db::Tx& tx) { return call->record_outcome(tx), true; });
  CHECK(house.exchanges(PayNo(42)).empty());
  house.await(call->run());
  house.database->write_blocking([&](db::Tx& tx) { return call->record_outcome(tx), true; });
  REQUIRE(house.exchanges(PayNo(42)).size() == 1);
  CHECK(has(house.exchanges(PayNo(42))[0], R"("outcome":"pending")"));
}

TEST_CASE("P9: no secret of an exchange reaches the database") {
  House house;
  Peer peer({{.body = R"({"access_token":"HUSH-1","scope":"all"})",
              .headers = "Set-Cookie: HUSH-2\r\n"}});
  const auto account = house.account(toy_plugin(), peer.url());
  toy().next = [&](int, const sdk::Response* response) -> sdk::Step {
    if (response) return sdk::Outcome(Verdict::pending);
    auto request = request_to(peer.url() + "/?access_token=HUSH-3");
    request.headers = {{"Authorization", "Basic HUSH-4", false}, {"X-Odd", "HUSH-5", true}};
    request.body = "HUSH-6 in a form of its own";
    request.recorded_body = "(credentials)";
    return request;
  };
  house.run(account, pay_input());
  const auto all =
      house.database->read_blocking([](db::Tx& tx) { return *tx.value<std::string>(dump_rows); });
  CHECK_FALSE(has(all, "HUSH"));
  CHECK(has(all, "(credentials)"));
  CHECK(has(peer.requests().at(0), "HUSH-6"));
}

TEST_CASE("exchanges that callbacks cause are bounded for each account") {
  House house;
  const auto insert = [&](const std::string& account, int count) {
    house.database->write_blocking([&](db::Tx& tx) {
      for (int i = 0; i < count; ++i)
        channel::insert_exchange(
            tx, {PayNo(), std::nullopt, account, channel::callback_kind},
            channel::Exchange::prepare(house.ids.next_id<ExchangeId>(),
                                       request_to("https://x.example"), house.clock.now()),
            "authentic");
      channel::bound_callback_exchanges(tx, account);
      return true;
    });
  };
  const auto count = [&](const std::string& account) {
    return house.database->read_blocking(
        [&](db::Tx& tx) { return *tx.value<std::int64_t>(count_callbacks, account); });
  };
  insert("quiet", 3);
  insert("flooded", 520);
  CHECK(count("flooded") == 500);
  CHECK(count("quiet") == 3);
}
