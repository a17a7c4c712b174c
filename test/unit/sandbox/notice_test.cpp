// Notices over a real socket: retries, faults, forgeries on demand.
#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "bench.hpp"
#include "receiver.hpp"

using namespace tollgate;
using namespace tollgate::sandbox;
using namespace tollgate::sandbox::test;

namespace {

void place(Bench& bench, const Receiver& receiver, const std::string& number) {
  REQUIRE(bench.place(Order(number).set("notify_url", "\"" + receiver.url() + "\"")).status == 200);
}
void pay(Bench& bench, const std::string& number) {
  bench.control_json("/pay", R"({"out_trade_no":")" + number + "\"}");
}
void fault(Bench& bench, const std::string& rest) {
  bench.control_json("/faults", R"({"target":"notify",)" + rest + "}");
}

/// Waits until the ledger has seen that many tries: an answer is booked after the receiver gave it.
std::vector<NoticeAttempt> tries(Bench& bench, const std::string& number, std::size_t count) {
  for (int i = 0; i < 1000; ++i) {
    auto notices = bench.simulator.ledger().find_number(number)->notices;
    if (notices.size() >= count) return notices;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL("no " << count << " tries of " << number);
  return {};
}

std::string header(const Receiver::Notice& notice, const char* name) {
  return std::string(notice.headers.find(name).value_or(""));
}

bool is_authentic(const Bench& bench, const Receiver::Notice& notice) {
  net::Response as_answer;
  as_answer.headers = notice.headers;
  as_answer.body = notice.body;
  return bench.is_signed(as_answer);
}

std::string number_in(Bench& bench, const Receiver::Notice& notice) {
  const auto body = parsed(notice.body);
  const std::string content =
      open_gcm(bench.key_text("api_v3_key"), at(body, "/resource/nonce"),
               at(body, "/resource/associated_data"), at(body, "/resource/ciphertext"));
  return at(parsed(content), "/out_trade_no");
}

}  // namespace

TEST_CASE("a notice is sent again until it is acknowledged: same id, fresh stamps", "[sandbox]") {
  Receiver receiver([](std::size_t n) { return n < 2 ? 500 : 200; });
  Bench bench("0.0001");
  place(bench, receiver, "T10000001");
  pay(bench, "T10000001");
  const auto attempts = tries(bench, "T10000001", 3);
  const auto notices = receiver.notices();
  REQUIRE(notices.size() == 3);
  std::set<std::string> ids;
  std::set<std::string> nonces;
  std::set<std::string> signatures;
  for (const auto& notice : notices) {
    CHECK(is_authentic(bench, notice));
    ids.insert(at(parsed(notice.body), "/id"));
    nonces.insert(header(notice, "Wechatpay-Nonce"));
    signatures.insert(header(notice, "Wechatpay-Signature"));
  }
  CHECK(ids.size() == 1);
  CHECK(nonces.size() == 3);
  CHECK(signatures.size() == 3);
  CHECK(attempts[0].result == "refused");
  CHECK(attempts[0].status == 500);
  CHECK(attempts[2].attempt == 3);
  CHECK(attempts[2].result == "acknowledged");
}

TEST_CASE("a notice that nobody acknowledges is given up after all gaps, which are kept",
          "[sandbox]") {
  Receiver receiver([](std::size_t) { return 201; });  // not 200 or 204: no acknowledgement
  Bench bench("0.00001");                              // 24 h 4 min in 866 ms
  place(bench, receiver, "T10000001");
  pay(bench, "T10000001");
  REQUIRE(receiver.wait_for(16));
  const auto notices = receiver.notices();
  CHECK(notices[15].at_ms - notices[14].at_ms >= 215);  // 6 h
  CHECK(notices[13].at_ms - notices[12].at_ms >= 107);  // 3 h
  CHECK(tries(bench, "T10000001", 16).size() == 16);
  CHECK(bench.control_json("/ledger", "").IsObject());
  CHECK(receiver.notices().size() == 16);
}

TEST_CASE("an unreachable or mute receiver is on record as such", "[sandbox]") {
  Bench bench("0.00001");
  REQUIRE(bench.place(Order("T10000001")).status == 200);  // port 1: nobody listens
  pay(bench, "T10000001");
  const auto attempts = tries(bench, "T10000001", 2);
  CHECK(attempts[0].status == 0);
  CHECK(attempts[0].result.starts_with("unreachable: "));
}

TEST_CASE("a silent payment sends nothing; a closed trade sends nothing", "[sandbox]") {
  Receiver receiver;
  Bench bench;
  place(bench, receiver, "T10000001");
  place(bench, receiver, "T10000002");
  place(bench, receiver, "T10000003");
  bench.control_json("/pay", R"({"out_trade_no":"T10000001","silent":true})");
  bench.control_json("/close", R"({"out_trade_no":"T10000002"})");
  pay(bench, "T10000003");
  REQUIRE(receiver.wait_for(1));
  CHECK(number_in(bench, receiver.notices().front()) == "T10000003");
  CHECK(receiver.notices().size() == 1);
}

TEST_CASE("a lost notice comes with the next try, a doubled one comes twice", "[sandbox]") {
  Receiver receiver;
  Bench bench("0.0001");
  place(bench, receiver, "T10000001");
  place(bench, receiver, "T10000002");
  fault(bench, R"("kind":"lose")");
  pay(bench, "T10000001");
  const auto attempts = tries(bench, "T10000001", 2);
  CHECK(attempts[0].result == "lost");
  CHECK(attempts[1].result == "acknowledged");
  CHECK(receiver.notices().size() == 1);

  fault(bench, R"("kind":"duplicate")");
  pay(bench, "T10000002");
  tries(bench, "T10000002", 2);
  const auto notices = receiver.notices();
  REQUIRE(notices.size() == 3);
  CHECK(notices[1].body == notices[2].body);
  CHECK(header(notices[1], "Wechatpay-Nonce") == header(notices[2], "Wechatpay-Nonce"));
}

TEST_CASE("a reordered notice is held until the next one went out", "[sandbox]") {
  Receiver receiver;
  Bench bench;
  place(bench, receiver, "T10000001");
  place(bench, receiver, "T10000002");
  fault(bench, R"("kind":"reorder")");
  pay(bench, "T10000001");
  for (int i = 0; i < 1000 && !bench.control_json("/faults", "")["faults"].Empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  pay(bench, "T10000002");
  REQUIRE(receiver.wait_for(2));
  CHECK(number_in(bench, receiver.notices()[0]) == "T10000002");
  CHECK(number_in(bench, receiver.notices()[1]) == "T10000001");
}

TEST_CASE("an altered notice is authentic and tells another amount", "[sandbox]") {
  Receiver receiver;
  Bench bench;
  place(bench, receiver, "T10000001");
  fault(bench, R"("kind":"alter","amount":1)");
  pay(bench, "T10000001");
  REQUIRE(receiver.wait_for(1));
  const auto notice = receiver.notices().front();
  CHECK(is_authentic(bench, notice));
  const auto body = parsed(notice.body);
  const auto content =
      parsed(open_gcm(bench.key_text("api_v3_key"), at(body, "/resource/nonce"),
                      at(body, "/resource/associated_data"), at(body, "/resource/ciphertext")));
  CHECK(at(content, "/amount/total") == "1");
}

TEST_CASE("notices on demand: many at once, forged for a trade that nobody paid", "[sandbox]") {
  Receiver receiver([](std::size_t) { return 401; });
  Bench bench;
  place(bench, receiver, "T10000001");
  const auto forged =
      bench.control_json("/notify", R"({"out_trade_no":"T10000001","forge":"key","times":20})");
  REQUIRE(forged["sent"].Size() == 20);
  CHECK(at(forged, "/sent/19/status") == "401");
  REQUIRE(receiver.notices().size() == 20);
  CHECK_FALSE(is_authentic(bench, receiver.notices().front()));
  CHECK(bench.simulator.ledger().find_number("T10000001")->state == TradeState::notpay);
  CHECK(bench.simulator.ledger().find_number("T10000001")->notices.size() == 20);
}

TEST_CASE("a stopped simulator abandons the notices that wait", "[sandbox]") {
  Receiver receiver([](std::size_t) { return 500; });
  Bench bench;  // the next try would come in 15 s
  place(bench, receiver, "T10000001");
  pay(bench, "T10000001");
  tries(bench, "T10000001", 1);
  const std::int64_t before = bench.system.steady_ms();
  bench.simulator.stop();
  CHECK(bench.system.steady_ms() - before < 5'000);
}
