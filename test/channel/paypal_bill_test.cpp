// PayPal's reports: pages, spans, lines, and all that must not pass for a whole day.
#include <catch2/catch.hpp>

#include "bill_desk.hpp"
#include "paypal_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::OperationKind;
using sdk::Reason;
using sdk::Response;
using sdk::Verdict;

constexpr std::int64_t now_ms = PaypalPeer::now_ms;

struct Desk {
  PaypalPeer peer;
  sdk::OperationInput wish = PaypalPeer::wish(OperationKind::fetch_bill);

  Fetched ask(std::size_t piece_bytes = 100,
              const std::function<void(Response&, std::size_t)>& change = {}) {
    const Made made(plugin_of("paypal"), peer.gateway(), peer.settings_json());
    return fetch(made, peer, wish, now_ms, piece_bytes, change);
  }
  /// The lines of one report line.
  std::vector<std::string> line(std::string_view code, std::string_view amount,
                                std::string_view fee) {
    peer.report = {PaypalPeer::report_line(code, amount, fee)};
    const auto fetched = ask();
    CHECK(fetched.outcome.verdict == Verdict::succeeded);
    return told(fetched.lines);
  }
};

std::string span(const sdk::Request& request) {
  const auto from = request.url.find("start_date=");
  return request.url.substr(from, request.url.find("&fields") - from);
}

void replace_in(std::string& text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("PayPal's report gives the same lines wherever its pieces are cut",
          "[channel][paypal][bill]") {
  Desk desk;
  for (const std::size_t piece_bytes : {1, 2, 3, 7, 64, 500, 5000}) {
    const auto fetched = desk.ask(piece_bytes);
    CHECK(fetched.outcome.verdict == Verdict::succeeded);
    CHECK(told(fetched.lines) ==
          std::vector<std::string>{
              "payment succeeded 7214983217463296001  3C679366HH908993F  1234 fee 72 USD at "
              "1767153600000 T0006",
              "refund succeeded  7214983217463296099 3C679366HH908993F 1JU08902781691411 500 fee "
              "0 USD at 1767153600000 T1107"});
  }
}

TEST_CASE("the window is the day in UTC, and the token comes first", "[channel][paypal][bill]") {
  Desk desk;
  const auto fetched = desk.ask();
  REQUIRE(fetched.requests.size() == 2);
  CHECK(fetched.requests[0].url == "https://api-m.paypal.com/v1/oauth2/token");
  CHECK(span(fetched.requests[1]) ==
        "start_date=2025-12-31T00:00:00Z&end_date=2025-12-31T23:59:59Z");
}

TEST_CASE("event codes say what a line is of", "[channel][paypal][bill]") {
  Desk desk;
  CHECK(desk.line("T0106", "-1.50", "")[0].starts_with(
      "fee succeeded 7214983217463296001  3C679366HH908993F  -150 fee 0 USD"));
  CHECK(desk.line("T1106", "-12.34", "")[0].starts_with("other succeeded"));
  CHECK(desk.line("T0006", "-12.34", "0.10")[0].find("other succeeded") == 0);
  CHECK(desk.line("T0400", "-100.00", "")[0].find(" -10000 fee 0 USD") != std::string::npos);
  for (const auto& [word, status] : std::vector<std::pair<std::string, std::string>>{
           {"P", "pending"}, {"D", "failed"}, {"V", "succeeded"}}) {
    desk.peer.report = {PaypalPeer::report_line("T0006", "12.34", "-0.72")};
    replace_in(desk.peer.report[0], R"("transaction_status":"S")",
               R"("transaction_status":")" + word + "\"");
    CHECK(told(desk.ask().lines)[0].starts_with("payment " + status));
  }
}

TEST_CASE("amounts are exact in each currency's minor unit", "[channel][paypal][bill]") {
  Desk desk;
  for (const auto& [currency, value, minor] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"JPY", "1500", "1500"}, {"HUF", "1500", "150000"}, {"BRL", "1.50", "150"}}) {
    desk.peer.report = {PaypalPeer::report_line("T0006", value, "")};
    replace_in(desk.peer.report[0], "USD", currency);
    CHECK(told(desk.ask().lines)[0].find("  " + minor + " fee 0 " + currency) != std::string::npos);
  }
  for (const std::string bad : {"1.005", "", "x", "1e3", "--1"}) {
    CAPTURE(bad);
    desk.peer.report = {PaypalPeer::report_line("T0006", bad, "")};
    check_retry(desk.ask(), Reason::unverified);
  }
}

TEST_CASE("all pages are read", "[channel][paypal][bill]") {
  Desk desk;
  desk.peer.page_rows = 500;
  desk.peer.report.assign(1201, PaypalPeer::report_line("T0006", "0.01", ""));
  const auto fetched = desk.ask(10'000);
  CHECK(fetched.outcome.verdict == Verdict::succeeded);
  CHECK(fetched.lines.size() == 1201);
  REQUIRE(fetched.requests.size() == 4);
  CHECK(fetched.requests[3].url.ends_with("&page=3"));
  desk.peer.report.clear();
  const auto empty = desk.ask();
  CHECK(empty.outcome.verdict == Verdict::succeeded);
  CHECK(empty.lines.empty());
}

TEST_CASE("pages of different reports, or with too few lines, are no day",
          "[channel][paypal][bill]") {
  Desk desk;
  desk.peer.report.assign(600, PaypalPeer::report_line("T0006", "0.01", ""));
  const auto spoiled = [&](std::size_t where, const std::string& what, const std::string& by) {
    check_retry(desk.ask(10'000,
                         [&](Response& r, std::size_t at) {
                           if (at == where) replace_in(r.body, what, by);
                         }),
                Reason::unverified);
  };
  spoiled(2, R"("total_items":600)", R"("total_items":601)");
  spoiled(2, R"("page":2)", R"("page":1)");
  spoiled(1, R"("total_items":600)", R"("total_items":499)");
  spoiled(1, R"("last_refreshed_datetime":)", R"("refreshed":)");
  check_retry(desk.ask(10'000,
                       [&](Response& r, std::size_t at) {
                         if (at == 2)
                           r.body = R"({"transaction_details":[],"page":2,"total_items":600,)"
                                    R"("last_refreshed_datetime":"2026-01-01T02:59:59Z"})";
                       }),
              Reason::unverified);
}

TEST_CASE("a report that PayPal has not completed is asked for later", "[channel][paypal][bill]") {
  Desk desk;
  desk.peer.refreshed = "2025-12-31T23:59:58+0000";
  const auto early = desk.ask();
  check_retry(early, Reason::none);
  CHECK(early.outcome.channel_code == "not_refreshed");
  desk.peer.refreshed = "2026-01-01T07:59:59+0800";
  CHECK(desk.ask().outcome.verdict == Verdict::succeeded);
}

TEST_CASE("a span with too many lines is halved until each fits", "[channel][paypal][bill]") {
  Desk desk;
  const Response large = PaypalPeer::error(400, "INVALID_REQUEST", "RESULTSET_TOO_LARGE");
  std::vector<std::string> spans;
  const Made made(plugin_of("paypal"), desk.peer.gateway(), desk.peer.settings_json());
  const auto fetched =
      fetch(made, desk.peer, desk.wish, now_ms, 1000, [&](Response& r, std::size_t at) {
        if (at == 1 || at == 2) r = large;  // the day, and its first half
      });
  for (std::size_t i = 1; i < fetched.requests.size(); ++i)
    spans.push_back(span(fetched.requests[i]));
  CHECK(spans ==
        std::vector<std::string>{"start_date=2025-12-31T00:00:00Z&end_date=2025-12-31T23:59:59Z",
                                 "start_date=2025-12-31T00:00:00Z&end_date=2025-12-31T11:59:59Z",
                                 "start_date=2025-12-31T00:00:00Z&end_date=2025-12-31T05:59:59Z",
                                 "start_date=2025-12-31T06:00:00Z&end_date=2025-12-31T11:59:59Z",
                                 "start_date=2025-12-31T12:00:00Z&end_date=2025-12-31T23:59:59Z"});
  CHECK(fetched.outcome.verdict == Verdict::succeeded);
  CHECK(fetched.lines.size() == 6);
  const auto never = desk.ask(1000, [&](Response& r, std::size_t at) {
    if (at > 0) r = large;
  });
  check_retry(never, Reason::none);
}

TEST_CASE("PayPal's errors say whether to ask again", "[channel][paypal][bill]") {
  struct Row {
    Response answer;
    Verdict verdict;
    Reason reason;
  };
  for (const auto& row : std::vector<Row>{
           {PaypalPeer::error(429, "RATE_LIMIT_REACHED", ""), Verdict::retry, Reason::frequency},
           {PaypalPeer::error(500, "INTERNAL_SERVER_ERROR", ""), Verdict::retry, Reason::none},
           {PaypalPeer::error(403, "NOT_AUTHORIZED", "PERMISSION_DENIED"), Verdict::failed,
            Reason::configuration},
           {PaypalPeer::error(400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE"), Verdict::failed,
            Reason::rejected}}) {
    Desk desk;
    const auto fetched = desk.ask(100, [&](Response& r, std::size_t at) {
      if (at == 1) r = row.answer;
    });
    CAPTURE(row.answer.body);
    CHECK(fetched.outcome.verdict == row.verdict);
    CHECK(fetched.outcome.reason == row.reason);
    CHECK((fetched.outcome.retry_after_s > 0) == (row.verdict == Verdict::retry));
  }
  Desk desk;
  desk.wish.bill_type = "fund";
  CHECK(desk.ask().outcome.verdict == Verdict::failed);
}

}  // namespace tollgate::test
