// A bill from the channel to its end: fetched, matched, asked about, told.
#include "reconciliation/reconciler.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>

#include "base/time.hpp"
#include "channel/plugin.hpp"
#include "reconciliation/differences.hpp"
#include "reconciliation/store.hpp"
#include "unit/channel/toy_plugin.hpp"
#include "unit/outbox/outbox_fixture.hpp"

using namespace tollgate;
using namespace tollgate::reconciliation;
using sdk::BillLineKind;
using sdk::Verdict;

namespace {

const db::Sql count_events{"SELECT COUNT(*) FROM events WHERE type = 'reconciliation.completed'"};
const db::Sql count_lines{"SELECT COUNT(*) FROM bill_lines"};

/// Our books, as a map; `asked` is what the channel answers, and applies.
class FakeBooks final : public Books {
 public:
  std::map<std::string, Ours> rows;
  std::map<std::string, Answer> answers;
  std::vector<std::string> asked;
  std::function<void()> while_asked;  ///< What happens before the answer comes.

  std::optional<Ours> find(db::Tx&, const std::string&, const std::string& number) override {
    const auto at = rows.find(number);
    return at == rows.end() ? std::nullopt : std::optional(at->second);
  }
  /// In two stretches, so that the way on is gone too.
  Moved moved(db::Tx&, const std::string& account_id, const Day& day, After after, int) override {
    Moved moved;
    int at = 0;
    for (const auto& [number, ours] : rows) {
      const bool wanted = ours.account_id == account_id && ours.amount > 0 && day.holds(ours.time);
      if (wanted && at++ % 2 == after.part) moved.rows.push_back(ours);
    }
    moved.next = {after.part + 1, {}, 0};
    moved.more = after.part == 0;
    return moved;
  }
  boost::asio::awaitable<Answer> ask(std::string number) override {
    asked.push_back(number);
    if (while_asked) while_asked();
    const Answer answer = answers[number];
    if (answer.moved) rows[number].amount = answer.amount;
    co_return answer;
  }
};

class NoNetwork final : public net::HttpClient {
 public:
  net::Awaitable<net::ClientResponse> send(net::ClientRequest) override {
    co_return net::ClientResponse();
  }
};

struct House : test::Store {
  ManualClock clock{*from_rfc3339("2026-11-21T04:00:00Z")};
  SeededRandom random{7};
  Metrics metrics;
  Snowflake ids{clock, 1};
  outbox::Outbox outbox{ids, clock};
  outbox::Jobs jobs{*database, ids, clock, metrics};
  NoNetwork network;
  channel::Driver driver{{}, network, *database, ids, clock, metrics};
  channel::AccountBook accounts;
  FakeBooks payments, refunds;
  Reconciler reconciler{
      {.bill_lines_max = 2'000},
      {*database, outbox, jobs, driver, accounts, ids, clock, random, metrics, payments, refunds}};
  std::vector<sdk::BillLine> bill, funds;
  sdk::Outcome end{Verdict::succeeded};

  House() {
    accounts.replace(
        {channel::Account::build({"toy-a", "toy", "https://toy.example", R"({"key":"k"})", 6'000},
                                 test::toy_plugin(), random, clock)
             .value()});
    test::toy().next = [this](int, const sdk::Response*) -> sdk::Step {
      // The toy has no bill of funds unless a test says so.
      const bool fund = test::toy().inputs.back().bill_type == "fund";
      test::toy().lines = fund ? funds : bill;
      return fund && funds.empty() ? sdk::Outcome(Verdict::failed, sdk::Reason::rejected) : end;
    };
  }

  void pay(const std::string& number, std::int64_t amount, const char* at) {
    Ours ours;
    ours.number = ours.pay_no = number;
    ours.account_id = "toy-a";
    ours.status = amount > 0 ? "paid" : "pending";
    ours.currency = "CNY";
    ours.amount = amount;
    ours.time = *from_rfc3339(at);
    payments.rows[number] = ours;
  }
  void bill_line(const std::string& number, std::int64_t amount) {
    sdk::BillLine line;
    line.kind = BillLineKind::payment;
    line.pay_no = number;
    line.amount = amount;
    line.fee = amount * 6 / 1000;
    line.currency = "CNY";
    bill.push_back(line);
  }
  ReconciliationId begin(const std::string& date) {
    return write([&](db::Tx& tx) { return reconciler.begin(tx, "toy-a", date).value().id; });
  }
  /// In how many seconds it wants to go on; nothing where it is over.
  std::optional<std::int64_t> run(ReconciliationId id) {
    outbox::Job job;
    job.subject = id.value();
    boost::asio::io_context context;
    auto next = boost::asio::co_spawn(context, reconciler.run(job), boost::asio::use_future);
    context.run();
    const auto due = next.get();
    return due ? std::optional((due->ms - clock.now().ms) / 1000) : std::nullopt;
  }
  Reconciliation row(ReconciliationId id) {
    return read([&](db::Tx& tx) { return *store::find(tx, id); });
  }
  /// "kind number resolution", sorted.
  std::set<std::string> found(ReconciliationId id) {
    std::set<std::string> out;
    for (const auto& d : read([&](db::Tx& tx) { return differences::list(tx, id, 0, 1'000); }))
      out.insert(std::string(to_string(d.kind)) + " " + d.number + " " +
                 std::string(to_string(d.resolution)));
    return out;
  }
  std::int64_t number(const db::Sql& sql) {
    return read([&](db::Tx& tx) { return tx.value<std::int64_t>(sql).value_or(0); });
  }
  outbox::JobResult daily() {
    boost::asio::io_context context;
    auto next = boost::asio::co_spawn(context, reconciler.run_daily(outbox::Job()),
                                      boost::asio::use_future);
    context.run();
    return next.get();
  }
  ReconciliationId whole(const std::string& date) {
    const auto id = begin(date);
    CHECK_FALSE(run(id));
    return id;
  }
};

Answer paid(std::int64_t amount) {
  Answer answer;
  answer.told = answer.moved = true;
  answer.amount = amount;
  answer.currency = "CNY";
  return answer;
}

Answer unpaid() {
  Answer answer;
  answer.told = true;
  return answer;
}

constexpr const char* noon = "2026-11-20T12:00:00Z";

}  // namespace

TEST_CASE_METHOD(House, "a day on which both agree has no differences, and says so once") {
  for (int i = 1; i <= 1'201; ++i) {
    pay(std::to_string(i), 1'000 + i, noon);
    bill_line(std::to_string(i), 1'000 + i);
  }
  const auto id = whole("2026-11-20");
  CHECK(row(id).status == Status::completed);
  CHECK(row(id).lines == 1'201);
  CHECK(row(id).totals.find(R"("payments":1201,"paid":1922801)") != std::string::npos);
  CHECK(found(id).empty());
  CHECK(number(count_events) == 1);
  CHECK(payments.asked.empty());
}

TEST_CASE_METHOD(House, "each difference is found, asked about, and repaired where it is certain") {
  pay("1", 1'000, noon);  // agrees
  bill_line("1", 1'000);
  pay("2", 0, noon);  // its notice was lost
  bill_line("2", 1'000);
  payments.answers["2"] = paid(1'000);
  bill_line("3", 1'000);  // nobody here knows it
  pay("4", 1'000, noon);  // the bill has not got it, the channel has
  payments.answers["4"] = paid(1'000);
  pay("5", 1'000, noon);  // the channel has not got it either
  payments.answers["5"] = unpaid();
  pay("6", 1'000, noon);  // another amount in the bill
  bill_line("6", 900);
  payments.answers["6"] = paid(1'000);
  pay("7", 1'000, noon);  // too high a fee
  bill_line("7", 1'000);
  bill.back().fee = 60;
  bill_line("1", 1'000);  // twice
  const auto id = whole("2026-11-20");
  CHECK(found(id) == std::set<std::string>{"status_differs 2 repaired", "missing_here 3 operator",
                                           "missing_at_channel 4 confirmed",
                                           "missing_at_channel 5 operator",
                                           "amount_differs 6 confirmed", "fee_differs 7 operator",
                                           "duplicate 1 operator"});
  CHECK(payments.rows["2"].amount == 1'000);
  CHECK(read([&](db::Tx& tx) { return differences::count_open(tx); }) == 6);
}

TEST_CASE_METHOD(House, "a bill of funds is summed, and its lines are not kept") {
  pay("1", 1'000, noon);
  bill_line("1", 1'000);
  CHECK(row(whole("2026-11-20")).funds == "null");
  funds = bill;
  for (const std::int64_t amount : {-6, -500, 20}) {
    funds.push_back(bill[0]);
    funds.back().kind = BillLineKind::other;
    funds.back().amount = amount;
  }
  const auto id = whole("2026-11-20");
  CHECK(row(id).funds == R"([{"currency":"CNY","lines":4,"in":1020,"out":506}])");
  CHECK(row(id).lines == 1);
  CHECK(number(count_lines) == 1);
}

TEST_CASE_METHOD(House, "what the channel kept is posted once, with what it gave back") {
  pay("1", 1'000, noon);
  bill_line("1", 1'000);
  refunds.rows["77"] = payments.rows["1"];
  refunds.rows["77"].number = "77";
  bill_line("1", 1'000);
  bill.back().kind = BillLineKind::refund;
  bill.back().refund_no = "77";
  bill.back().fee = -6;
  bill_line("3", 1'000);  // of a number nobody knows nothing is posted
  whole("2026-11-20");
  whole("2026-11-20");
  const auto postings = read([](db::Tx& tx) { return journal::after(tx, 0, 10); });
  REQUIRE(postings.size() == 2);
  CHECK(postings[0].kind == "fee");
  CHECK(postings[0].pay_no == PayNo(1));
  CHECK(postings[0].amount == 6);
  CHECK(postings[1].kind == "fee_returned");
  CHECK(postings[1].number == 77);
}

TEST_CASE_METHOD(House, "a rerun gives the same result, and what is found no more is gone") {
  pay("2", 0, noon);
  bill_line("2", 1'000);
  payments.answers["2"] = paid(1'000);
  bill_line("3", 1'000);
  bill_line("4", 1'000);
  const auto id = whole("2026-11-20");
  const std::set<std::string> first{"status_differs 2 repaired", "missing_here 3 operator",
                                    "missing_here 4 operator"};
  CHECK(found(id) == first);
  CHECK(whole("2026-11-20") == id);
  CHECK(found(id) == first);
  CHECK(number(count_lines) == 3);
  bill.pop_back();
  whole("2026-11-20");
  CHECK(found(id) == std::set<std::string>{"status_differs 2 repaired", "missing_here 3 operator",
                                           "missing_here 4 gone"});
  CHECK(number(count_lines) == 2);
}

TEST_CASE_METHOD(House, "what is paid around midnight waits three days for a later bill") {
  pay("1", 1'000, "2026-11-20T23:59:58Z");
  pay("2", 1'000, "2026-11-20T00:00:02Z");
  payments.answers["2"] = unpaid();
  const auto first = whole("2026-11-20");
  CHECK(found(first).empty());
  CHECK(read([&](db::Tx& tx) { return differences::count(tx, first); }).pooled == 2);
  SECTION("the next day's bill brings it") {
    clock.advance_ms(86'400'000);
    bill_line("1", 1'000);
    whole("2026-11-21");
    CHECK(found(first) == std::set<std::string>{"missing_at_channel 1 found_later"});
  }
  SECTION("no bill brings it") {
    payments.answers["1"] = paid(1'000);
    clock.advance_ms(3 * 86'400'000LL);
    whole("2026-11-23");
    CHECK(found(first) ==
          std::set<std::string>{"missing_at_channel 1 confirmed", "missing_at_channel 2 operator"});
  }
}

TEST_CASE_METHOD(House, "a line that comes a day late explains what was missing") {
  pay("1", 1'000, noon);
  payments.answers["1"] = paid(1'000);
  const auto first = whole("2026-11-20");
  CHECK(found(first) == std::set<std::string>{"missing_at_channel 1 confirmed"});
  clock.advance_ms(86'400'000);
  bill_line("1", 1'000);
  const auto second = whole("2026-11-21");
  CHECK(found(first) == std::set<std::string>{"missing_at_channel 1 found_later"});
  CHECK(found(second).empty());
}

TEST_CASE_METHOD(House, "a bill that is not there yet is asked for again, its lines do not count") {
  bill_line("3", 1'000);
  end = sdk::Outcome(Verdict::retry);
  end.retry_after_s = 600;
  end.channel_code = "STATEMENT_CREATING";
  const auto id = begin("2026-11-20");
  CHECK(run(id) == 600);
  CHECK(row(id).status == Status::pending);
  CHECK(row(id).failure_code == "STATEMENT_CREATING");
  CHECK(found(id).empty());
  end = sdk::Outcome(Verdict::succeeded);
  CHECK_FALSE(run(id));
  CHECK(found(id) == std::set<std::string>{"missing_here 3 operator"});
  CHECK(number(count_lines) == 1);
  CHECK_FALSE(row(id).failure_code);
}

TEST_CASE_METHOD(House, "a bill that the channel refuses for good ends failed, and says so") {
  end = sdk::Outcome(Verdict::failed, sdk::Reason::rejected);
  end.channel_code = "NO_AUTH";
  const auto id = whole("2026-11-20");
  CHECK(row(id).status == Status::failed);
  CHECK(row(id).failure_code == "NO_AUTH");
  CHECK(number(count_events) == 1);
}

TEST_CASE_METHOD(House,
                 "a channel that gives no answer is asked again, then an operator must look") {
  pay("2", 0, noon);
  bill_line("2", 1'000);
  const auto id = begin("2026-11-20");
  for (int i = 0; i < 7; ++i) CHECK(run(id).has_value());
  CHECK(found(id) == std::set<std::string>{"status_differs 2 asking"});
  CHECK_FALSE(run(id));
  CHECK(found(id) == std::set<std::string>{"status_differs 2 operator"});
  CHECK(row(id).status == Status::completed);
}

TEST_CASE_METHOD(House,
                 "an operator settles a difference with a note, which a rerun leaves alone") {
  bill_line("3", 1'000);
  const auto id = whole("2026-11-20");
  const auto d = read([&](db::Tx& tx) { return differences::list(tx, id, 0, 10).at(0); });
  const auto resolved =
      write([&](db::Tx& tx) { return reconciler.resolve(tx, d.id, "the old system's").value(); });
  CHECK(resolved.note == "the old system's");
  CHECK(resolved.resolved_at);
  whole("2026-11-20");
  CHECK(found(id) == std::set<std::string>{"missing_here 3 resolved"});
  CHECK(read([&](db::Tx& tx) { return differences::count_open(tx); }) == 0);
}

TEST_CASE_METHOD(House, "what cannot be reconciled is refused") {
  write([&](db::Tx& tx) {
    CHECK(reconciler.begin(tx, "nobody", "2026-11-20").error().code == Errc::account_not_found);
    CHECK(reconciler.begin(tx, "toy-a", "yesterday").error().code == Errc::invalid_request);
    CHECK(reconciler.begin(tx, "toy-a", "2026-11-22").error().code == Errc::invalid_request);
    CHECK(reconciler.begin(tx, "toy-a", "2026-11-21").has_value());
    return true;
  });
}

TEST_CASE_METHOD(House, "each day begins by itself, and days that were missed are caught up with") {
  const auto dates = [&] {
    std::set<std::string> out;
    for (const auto& r :
         read([&](db::Tx& tx) { return store::list(tx, std::nullopt, INT64_MAX, 100); }))
      out.insert(r.day.date);
    return out;
  };
  CHECK(to_rfc3339(*daily()) == "2026-11-22T03:00:00.000Z");
  CHECK(dates() == std::set<std::string>{"2026-11-20"});
  clock.advance_ms(3 * 86'400'000LL);
  daily();
  CHECK(dates() == std::set<std::string>{"2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"});
}

TEST_CASE_METHOD(House, "who asks for a day before it is over does not take its daily turn away") {
  pay("1", 1'000, noon);
  payments.answers["1"] = paid(1'000);
  clock.set(*from_rfc3339("2026-11-20T13:00:00Z"));
  const auto early = whole("2026-11-20");  // the day still runs
  clock.set(*from_rfc3339("2026-11-21T02:00:00Z"));
  const auto today = begin("2026-11-21");
  clock.set(*from_rfc3339("2026-11-21T03:00:00Z"));
  bill_line("1", 1'000);
  daily();
  CHECK(row(early).status == Status::pending);
  CHECK_FALSE(run(early));
  CHECK(found(early) == std::set<std::string>{"missing_at_channel 1 gone"});
  CHECK(row(today).status == Status::pending);
}

TEST_CASE_METHOD(House, "a later day that was asked for does not hide one that was missed") {
  whole("2026-11-18");
  clock.set(*from_rfc3339("2026-11-21T02:00:00Z"));
  begin("2026-11-21");
  daily();
  const auto day = [&](const std::string& date) {
    return read([&](db::Tx& tx) { return store::find_day(tx, "toy-a", date).has_value(); });
  };
  CHECK(day("2026-11-19"));
  CHECK(day("2026-11-20"));
  CHECK_FALSE(day("2026-11-17"));
}

TEST_CASE_METHOD(House, "lines of a bill that broke explain nothing, and repeat nothing") {
  pay("1", 1'000, "2026-11-19T23:59:58Z");
  const auto first = whole("2026-11-19");
  CHECK(read([&](db::Tx& tx) { return differences::count(tx, first); }).pooled == 1);
  pay("2", 1'000, noon);
  bill_line("1", 1'000);
  bill_line("2", 1'000);
  end = sdk::Outcome(Verdict::failed, sdk::Reason::rejected);
  end.channel_code = "WRONG_HASH";
  CHECK(row(whole("2026-11-20")).status == Status::failed);
  end = sdk::Outcome(Verdict::succeeded);
  pay("2", 1'000, "2026-11-21T01:00:00Z");
  bill.erase(bill.begin());
  const auto third = whole("2026-11-21");
  CHECK(found(first).empty());
  CHECK(found(third).empty());
}

TEST_CASE_METHOD(House, "a fee that no payment can bear is told, and posted nowhere") {
  const auto fee = GENERATE(std::int64_t{1'001}, std::int64_t{-1'001}, INT64_MAX, INT64_MIN);
  pay("1", 1'000, noon);
  bill_line("1", 1'000);
  bill.back().fee = fee;
  refunds.rows["77"] = payments.rows["1"];
  refunds.rows["77"].number = "77";
  bill_line("1", 1'000);
  bill.back().kind = BillLineKind::refund;
  bill.back().refund_no = "77";
  bill.back().fee = fee;
  const auto id = begin("2026-11-20");
  const bool over = !run(id);
  CHECK(over == (std::abs(fee / 2) < 1'000));  // what is no money is a broken bill
  if (over)
    CHECK(found(id) == std::set<std::string>{"fee_differs 1 operator", "fee_differs 77 operator"});
  CHECK(read([](db::Tx& tx) { return journal::after(tx, 0, 10); }).empty());
}

TEST_CASE_METHOD(House, "a bill whose sums are no sums ends failed") {
  const auto ends = [&] {
    const auto id = whole("2026-11-20");
    CHECK(row(id).status == Status::failed);
    CHECK(row(id).failure_code == "bill_out_of_bounds");
    CHECK(row(id).totals == "[]");
  };
  SECTION("they leave the integers") {
    pay("2", 0, noon);
    bill_line("2", 1'000);
    payments.answers["2"] = paid(1'000);
    for (int i = 0; i < 1'000; ++i) bill_line("", 9'900'000'000'000'000);
    ends();
    bill.clear();
    whole("2026-11-19");
    CHECK(payments.asked.empty());  // no day's differences, but a bill's
  }
  SECTION("they are in more currencies than there are") {
    for (int i = 0; i < 500; ++i) {
      bill_line(std::to_string(i), 1);
      bill.back().currency = "X" + std::to_string(i);
    }
    ends();
  }
}

TEST_CASE_METHOD(House, "a bill without an end ends failed, and none of it is kept") {
  for (int i = 0; i < 2'001; ++i) bill_line(std::to_string(i), 1);
  const auto id = whole("2026-11-20");
  CHECK(row(id).status == Status::failed);
  CHECK(row(id).failure_code == "too_many_lines");
  CHECK(number(count_lines) == 0);
}

TEST_CASE_METHOD(House, "each line that names nothing is a difference of its own") {
  bill_line("", 1'000);
  bill_line("", 2'000);
  const auto id = whole("2026-11-20");
  CHECK(found(id).size() == 2);
}

TEST_CASE_METHOD(House, "what was repaired and differs anew is open again") {
  pay("2", 0, noon);
  bill_line("2", 1'000);
  payments.answers["2"] = paid(1'000);
  const auto id = whole("2026-11-20");
  CHECK(found(id) == std::set<std::string>{"status_differs 2 repaired"});
  bill.back().status = Verdict::failed;
  whole("2026-11-20");
  CHECK(found(id) == std::set<std::string>{"status_differs 2 confirmed"});
}

TEST_CASE_METHOD(House, "an answer settles the difference as it stands when the answer comes") {
  pay("2", 0, noon);
  bill_line("2", 1'000);
  payments.answers["2"] = paid(1'000);
  const auto id = begin("2026-11-20");
  payments.while_asked = [&] {
    write([&](db::Tx& tx) {  // another run of the day has read another bill meanwhile
      auto d = differences::list(tx, id, 0, 10).at(0);
      d.theirs.replace(d.theirs.find("1000"), 4, "9000");
      differences::record(tx, ids, d);
      return true;
    });
  };
  CHECK_FALSE(run(id));
  CHECK(found(id) == std::set<std::string>{"status_differs 2 confirmed"});
}

TEST_CASE_METHOD(House, "asking for a day of one's own accord leaves out none of the others") {
  const auto daily = [&] {
    boost::asio::io_context context;
    auto next = boost::asio::co_spawn(context, reconciler.run_daily(outbox::Job()),
                                      boost::asio::use_future);
    context.run();
    return next.get();
  };
  const auto day = [&](const std::string& date) {
    return read([&](db::Tx& tx) { return store::find_day(tx, "toy-a", date); });
  };
  const auto today = whole("2026-11-21");
  daily();
  CHECK(day("2026-11-20"));
  // What was asked for before the day was over is no bill of the day.
  CHECK(row(today).status == Status::completed);
  clock.advance_ms(86'400'000);
  daily();
  CHECK(row(today).status == Status::pending);
  CHECK_FALSE(run(today));
  daily();
  CHECK(row(today).status == Status::completed);
}
