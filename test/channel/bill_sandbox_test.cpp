// The plugins' bills against the simulator's, which shares no code with them: what the books say
// arrives, and each fault of a bill looks as it has to.
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>

#include "bill_desk.hpp"
#include "sandbox/paypal_order.hpp"
#include "sandbox/simulator.hpp"
#include "support/temp_dir.hpp"

extern "C" const tg_plugin* tollgate_channel_plugin_v1_alipay(void);
extern "C" const tg_plugin* tollgate_channel_plugin_v1_paypal(void);
extern "C" const tg_plugin* tollgate_channel_plugin_v1_wechat(void);

namespace tollgate::test {
namespace {

using sandbox::FaultKind;
using sdk::Reason;
using sdk::Verdict;

constexpr std::int64_t now_ms = 1'767'348'000'000;   // 2026-01-02T18:00:00+08:00
constexpr std::int64_t paid_ms = 1'767'268'800'000;  // 2026-01-01T20:00:00+08:00, noon in UTC
constexpr const char* date = "2026-01-01";
constexpr const char* base = "http://127.0.0.1:9090";

struct Shop {
  std::string channel, account, mch_id, currency;
  tg_plugin_entry entry;
};
const std::vector<Shop> shops{
    {"wechat", "wx-main", "1900000001", "CNY", tollgate_channel_plugin_v1_wechat},
    {"alipay", "ali-cert", "2088000000000002", "CNY", tollgate_channel_plugin_v1_alipay},
    {"paypal", "pp-main", "SANDBOXSHOP01", "USD", tollgate_channel_plugin_v1_paypal}};

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Keys are made once for all tests.
const TempDir& keys() {
  static const TempDir dir;
  return dir;
}

class World {
 public:
  World() : simulator(keys().file("keys"), *sandbox::TimeScale::parse("1"), clock_, random_) {
    simulator.publish(base);
  }
  ~World() { simulator.stop(); }

  /// The account's settings as the host hands them in: files already read.
  std::string settings(const std::string& account) const {
    rapidjson::Document accounts;
    accounts.Parse(text_of(keys().file("keys/accounts.json")).c_str());
    REQUIRE(accounts.IsArray());
    std::string json;
    for (const auto& entry : accounts.GetArray()) {
      if (entry["id"] != account.c_str()) continue;
      for (const auto& setting : entry["settings"].GetObject()) {
        const std::string name = setting.name.GetString();
        std::string value = setting.value.GetString();
        if (name.ends_with("_file")) value = text_of(value);
        rapidjson::StringBuffer buffer;
        rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
        writer.String(value.c_str());
        json += (json.empty() ? "{\"" : ",\"") + name + "\":" + buffer.GetString();
      }
    }
    return json + "}";
  }

  sdk::Response answer(const sdk::Request& sent) {
    REQUIRE(sent.url.starts_with(base));
    net::Request request;
    request.method = sent.method == "GET" ? net::Method::get : net::Method::post;
    request.target = sent.url.substr(std::string(base).size());
    const auto mark = request.target.find('?');
    request.path = request.target.substr(0, mark);
    if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
    for (const auto& header : sent.headers) request.headers.add(header.name, header.value);
    request.headers.set("User-Agent", "a test");
    request.body = sent.body;
    boost::asio::io_context io;
    sdk::Response response;
    boost::asio::co_spawn(io, simulator.handle(request),
                          [&](const std::exception_ptr& thrown, const net::Response& got) {
                            REQUIRE_FALSE(thrown);
                            response.status = got.status;
                            response.body = got.body;
                            for (const auto& [name, value] : got.headers.all()) {
                              std::string lower;
                              for (const char c : name) lower += static_cast<char>(std::tolower(c));
                              response.headers[lower] = value;
                            }
                            if (!got.abort) return;
                            response = {};
                            response.transport = sdk::Transport::maybe_sent;
                          });
    io.run();
    return response;
  }

  Fetched fetch(const Shop& shop, const std::string& type = "trade") {
    const Made made(*shop.entry(), base, settings(shop.account));
    sdk::OperationInput wish;
    wish.kind = sdk::OperationKind::fetch_bill;
    wish.bill_date = date;
    wish.bill_type = type;
    Fetched fetched;
    Run run(made, wish, now_ms);
    while (run.sending()) {
      fetched.requests.push_back(run.request());
      const auto response = answer(run.request());
      if (run.request().stream)
        run.resume_in_pieces(response, 1000, now_ms);
      else
        run.resume(response, now_ms);
    }
    fetched.outcome = run.outcome();
    fetched.lines = run.lines();
    return fetched;
  }

  void pay(const Shop& shop, const std::string& number, std::int64_t amount,
           std::int64_t at_ms = paid_ms) {
    sandbox::Trade trade;
    trade.key = {shop.channel, shop.mch_id, number};
    trade.trade_type = "NATIVE";
    trade.description = "书, \"一本\"";
    trade.currency = shop.currency;
    trade.amount = amount;
    trade.handle = number;
    trade.expires_at = {at_ms + 1000};
    if (shop.channel == "paypal") {
      auto details = std::make_shared<sandbox::PaypalDetails>();
      details->custom_id = number;
      trade.details = std::move(details);
    }
    REQUIRE(simulator.ledger().place(trade).verdict == sandbox::Verdict::done);
    sandbox::Payment payment;
    payment.transaction_id = "42" + number;
    payment.payer = "buyer";
    payment.amount = amount;
    payment.at = {at_ms};
    REQUIRE(simulator.ledger().pay(trade.key, payment).verdict == sandbox::Verdict::done);
  }

  void refund(const Shop& shop, const std::string& number, const std::string& refund,
              std::int64_t amount) {
    const auto change = simulator.ledger().refund(
        {shop.channel, shop.mch_id, number},
        {refund, amount, "SUCCESS", TimeMs{paid_ms + 60'000}, "50" + refund}, std::nullopt);
    REQUIRE(change.verdict == sandbox::Verdict::done);
  }

  void fault(const std::string& json) {
    net::Request request;
    request.method = net::Method::post;
    request.target = request.path = "/_sandbox/faults";
    request.body = json;
    control(request);
  }
  void set_bills(const std::string& json) {
    net::Request request;
    request.method = net::Method::post;
    request.target = request.path = "/_sandbox/bills";
    request.body = json;
    control(request);
  }

 private:
  void control(net::Request& request) {
    boost::asio::io_context io;
    boost::asio::co_spawn(io, simulator.handle(request),
                          [](const std::exception_ptr& thrown, const net::Response& got) {
                            REQUIRE_FALSE(thrown);
                            REQUIRE(got.status == 200);
                          });
    io.run();
  }

  ManualClock clock_{TimeMs{now_ms}};
  SystemRandom random_;

 public:
  sandbox::Simulator simulator;
};

/// Two payments and a part of one given back.
std::unique_ptr<World> busy_day(const Shop& shop) {
  auto world = std::make_unique<World>();
  world->pay(shop, "721498321746329600", 9900);
  world->pay(shop, "721498321746329601", 75);
  world->refund(shop, "721498321746329600", "721498321746329699", 1050);
  return world;
}

std::string facts(const sdk::BillLine& line) {
  return (line.kind == sdk::BillLineKind::refund ? "back " + line.refund_no
                                                 : "paid " + line.pay_no) +
         " " + std::to_string(line.amount) + " " + std::to_string(line.fee) + " " + line.currency +
         (line.status == Verdict::succeeded ? "" : " not succeeded");
}

std::vector<std::string> facts(const std::vector<sdk::BillLine>& lines) {
  std::vector<std::string> all;
  for (const auto& line : lines) all.push_back(facts(line));
  return all;
}

std::vector<std::string> books(const Shop& shop) {
  const std::string fee = shop.channel == "paypal" ? "0" : "-6";
  return {"paid 721498321746329600 9900 59 " + shop.currency,
          "paid 721498321746329601 75 0 " + shop.currency,
          "back 721498321746329699 1050 " + fee + " " + shop.currency};
}

}  // namespace

TEST_CASE("a bill tells what stands in the channel's books", "[channel][bill]") {
  for (const auto& shop : shops) {
    CAPTURE(shop.channel);
    const auto world = busy_day(shop);
    const auto fetched = world->fetch(shop);
    CAPTURE(fetched.outcome.channel_code, fetched.outcome.channel_message);
    REQUIRE(fetched.outcome.verdict == Verdict::succeeded);
    CHECK(facts(fetched.lines) == books(shop));
    for (const auto& line : fetched.lines) {
      CHECK(line.channel_trade_no.starts_with("42") == !line.channel_trade_no.empty());
      CHECK(line.time_ms >= paid_ms);
      CHECK(!line.channel_kind.empty());
    }
  }
}

TEST_CASE("a bill of WeChat Pay's funds agrees with its trades", "[channel][bill]") {
  const auto& shop = shops.front();
  const auto fetched = busy_day(shop)->fetch(shop, "fund");
  REQUIRE(fetched.outcome.verdict == Verdict::succeeded);
  std::int64_t in = 0;
  std::int64_t back = 0;
  std::int64_t fees = 0;
  for (const auto& line : fetched.lines)
    (line.kind == sdk::BillLineKind::payment  ? in
     : line.kind == sdk::BillLineKind::refund ? back
                                              : fees) += line.amount;
  CHECK(in == 9975);
  CHECK(back == 1050);
  CHECK(fees == -53);
}

TEST_CASE("a day without trades is a bill without lines", "[channel][bill]") {
  for (const auto& shop : shops) {
    CAPTURE(shop.channel);
    World world;
    const auto fetched = world.fetch(shop);
    CHECK(fetched.outcome.verdict == Verdict::succeeded);
    CHECK(fetched.lines.empty());
  }
}

TEST_CASE("each fault of a line is seen in the lines", "[channel][bill]") {
  using Lines = std::vector<std::string>;
  struct Row {
    std::string kind;
    std::function<void(Lines&, const Shop&)> expected;
  };
  const std::vector<Row> rows{
      {"missing_line", [](Lines& lines, const Shop&) { lines.erase(lines.begin()); }},
      {"late_line", [](Lines& lines, const Shop&) { lines.erase(lines.begin()); }},
      {"duplicate_line",
       [](Lines& lines, const Shop&) { lines.insert(lines.begin(), Lines::value_type(lines[0])); }},
      {"changed_amount",
       [](Lines& lines, const Shop& shop) {
         lines[0] = "paid 721498321746329600 9901 59 " + shop.currency;
       }},
      {"changed_fee",
       [](Lines& lines, const Shop& shop) {
         lines[0] = "paid 721498321746329600 9900 60 " + shop.currency;
       }},
      {"changed_status", [](Lines& lines, const Shop& shop) {
         if (shop.channel != "alipay") lines[0] += " not succeeded";
       }}};
  for (const auto& shop : shops)
    for (const auto& row : rows) {
      CAPTURE(shop.channel, row.kind);
      const auto world = busy_day(shop);
      world->fault(R"({"target":"bill","kind":")" + row.kind + "\"}");
      const auto fetched = world->fetch(shop);
      CAPTURE(fetched.outcome.channel_message);
      CHECK(fetched.outcome.verdict == Verdict::succeeded);
      Lines expected = books(shop);
      row.expected(expected, shop);
      CHECK(facts(fetched.lines) == expected);
    }
}

TEST_CASE("a stranger's payment is a line more", "[channel][bill]") {
  for (const auto& shop : shops) {
    CAPTURE(shop.channel);
    const auto world = busy_day(shop);
    world->fault(R"({"target":"bill","kind":"extra_line","number":"999999","amount":42})");
    const auto fetched = world->fetch(shop);
    REQUIRE(fetched.lines.size() == 4);
    CHECK(facts(fetched.lines[3]) == "paid 999999 42 0 " + shop.currency);
  }
}

TEST_CASE("what proves nothing is asked for again, and then it is sound", "[channel][bill]") {
  const std::map<std::string, Reason> faults{
      {R"({"target":"bill","kind":"truncated"})", Reason::unverified},
      {R"({"target":"bill","kind":"wrong_hash"})", Reason::unverified},
      {R"({"target":"bill","kind":"frequency"})", Reason::frequency},
      {R"({"target":"bill","kind":"status","status":503})", Reason::none},
      {R"({"target":"bill","kind":"cut"})", Reason::none},
      {R"({"target":"bill_file","kind":"cut"})", Reason::none},
      {R"({"target":"bill_file","kind":"status","status":403})", Reason::none}};
  for (const auto& shop : shops)
    for (const auto& [fault, reason] : faults) {
      if (shop.channel == "paypal" && fault.find("bill_file") != std::string::npos) continue;
      CAPTURE(shop.channel, fault);
      const auto world = busy_day(shop);
      world->fault(fault);
      check_retry(world->fetch(shop), reason);
      CHECK(facts(world->fetch(shop).lines) == books(shop));
    }
}

TEST_CASE("a bill that is not ready is asked for later", "[channel][bill]") {
  for (const auto& shop : shops) {
    if (shop.channel == "alipay") continue;  // from noon on that means a day without trades
    CAPTURE(shop.channel);
    const auto world = busy_day(shop);
    world->fault(R"({"target":"bill","kind":"not_ready"})");
    check_retry(world->fetch(shop), Reason::none);
  }
}

TEST_CASE("PayPal's day in many spans and pages has each line once", "[channel][bill]") {
  const auto& shop = shops.back();
  World world;
  constexpr int count = 700;
  constexpr std::int64_t apart_ms = 60'000;
  std::vector<std::string> expected;
  for (int i = 0; i < count; ++i) {
    const std::string number = "pay-" + std::to_string(i);
    world.pay(shop, number, 1000 + i, paid_ms - 6 * 3'600'000 + i * apart_ms);
    expected.push_back(number);
  }
  const auto pages = world.fetch(shop);
  REQUIRE(pages.outcome.verdict == Verdict::succeeded);
  CHECK(pages.requests.size() == 3);  // the token, two pages
  world.set_bills(R"({"report_rows":40})");
  const auto spans = world.fetch(shop);
  REQUIRE(spans.outcome.verdict == Verdict::succeeded);
  CHECK(spans.requests.size() > 20);
  for (const auto* fetched : {&pages, &spans}) {
    std::vector<std::string> got;
    for (const auto& line : fetched->lines) got.push_back(line.pay_no);
    CHECK(got == expected);
  }
}

TEST_CASE("a day of many lines arrives whole", "[channel][bill]") {
  constexpr int count = 20'000;
  for (const auto& shop : shops) {
    if (shop.channel == "paypal") continue;
    CAPTURE(shop.channel);
    World world;
    for (int i = 0; i < count; ++i) world.pay(shop, std::to_string(7'000'000 + i), 100 + i);
    const auto fetched = world.fetch(shop);
    REQUIRE(fetched.outcome.verdict == Verdict::succeeded);
    REQUIRE(fetched.lines.size() == count);
    CHECK(fetched.lines.back().amount == 100 + count - 1);
  }
}

}  // namespace tollgate::test
