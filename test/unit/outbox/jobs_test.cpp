#include "outbox/jobs.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <mutex>

#include "outbox/job_store.hpp"
#include "unit/outbox/outbox_fixture.hpp"

using namespace tollgate;
using namespace tollgate::outbox;

namespace asio = boost::asio;

namespace {

const db::Sql steal_all{"UPDATE jobs SET lease_token = lease_token + 1"};
const db::Sql count_jobs{"SELECT COUNT(*) FROM jobs WHERE kind <> 'tick'"};
const db::Sql leave_leased{"UPDATE jobs SET lease_until = :until, lease_token = lease_token + 1"};
const db::Sql select_due_at{"SELECT due_at FROM jobs WHERE kind <> 'tick'"};

/// What ran, in order.
class Runs {
 public:
  void add(const Job& job) {
    const std::lock_guard lock(mutex_);
    list_.push_back(job);
  }
  std::vector<std::int64_t> subjects() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::int64_t> out;
    for (const auto& job : list_) out.push_back(job.subject);
    return out;
  }
  std::vector<Job> list() const {
    const std::lock_guard lock(mutex_);
    return list_;
  }
  std::size_t size() const { return list().size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<Job> list_;
};

asio::awaitable<JobResult> nothing() {
  co_return std::nullopt;
}

struct Fixture : test::Store {
  ManualClock clock;
  Snowflake ids{clock, 1};
  Metrics metrics;
  test::IoThread io;
  Runs runs;
  Jobs jobs{*database, ids, clock, metrics};
  bool started = false;

  Fixture() {
    jobs.handle("tick", [](const Job&) { return nothing(); });
  }
  ~Fixture() {
    released = true;
    if (started) io.run(jobs.stop());
    database->stop();  // its threads tell this one's
  }
  void start() {
    started = true;
    jobs.start(io.context.get_executor(), true);
  }
  void schedule(const std::string& kind, std::int64_t subject, TimeMs due, bool restart = false) {
    write([&](db::Tx& tx) {
      jobs.schedule(tx, kind, subject, due, restart);
      return true;
    });
  }
  std::int64_t rows() {
    return read([](db::Tx& tx) { return *tx.value<std::int64_t>(count_jobs); });
  }
  /// Moves the clock on and has the runner look at it.
  void advance_ms(std::int64_t ms) {
    clock.advance_ms(ms);
    schedule("tick", clock.now().ms, clock.now());
  }
  /// Records the run and answers what the test says, run by run.
  void record(const std::string& kind, std::function<JobResult(const Job&)> answer = {},
              int concurrency = 16) {
    auto handler = [this, answer](const Job& job) { return run(job, answer); };
    jobs.handle(kind, std::move(handler), concurrency);
  }
  asio::awaitable<JobResult> run(const Job& job, std::function<JobResult(const Job&)> answer) {
    runs.add(job);
    co_return answer ? answer(job) : std::nullopt;
  }
  /// Runs that wait until release().
  void hang(const std::string& kind, int concurrency) {
    auto handler = [this](const Job& job) { return wait(job); };
    jobs.handle(kind, std::move(handler), concurrency);
  }
  asio::awaitable<JobResult> wait(const Job& job) {
    runs.add(job);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!released) {
      timer.expires_after(std::chrono::milliseconds(2));
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return std::nullopt;
  }
  std::atomic<bool> released{false};
};

}  // namespace

TEST_CASE("jobs run when they are due, in due order, and not before") {
  Fixture f;
  f.record("k", {}, 1);
  const TimeMs now = f.clock.now();
  f.schedule("k", 3, now.plus_ms(-1));
  f.schedule("k", 1, now.plus_ms(-3));
  f.schedule("k", 2, now.plus_ms(-2));
  f.schedule("k", 4, now.plus_s(60));
  f.start();
  REQUIRE(test::eventually([&] { return f.runs.size() == 3 && f.rows() == 1; }));
  REQUIRE(f.runs.subjects() == std::vector<std::int64_t>{1, 2, 3});

  f.advance_ms(60'000);
  REQUIRE(test::eventually([&] { return f.runs.size() == 4 && f.rows() == 0; }));
}

TEST_CASE("a job that is scheduled while the runner waits runs at once after its commit") {
  Fixture f;
  f.record("k");
  f.start();
  for (int i = 1; i <= 20; ++i) {
    f.schedule("k", i, f.clock.now());
    REQUIRE(test::eventually([&] { return f.runs.size() == static_cast<std::size_t>(i); }));
  }
}

TEST_CASE("P3: a job of a unit of work that fails does not exist") {
  Fixture f;
  f.record("k");
  f.start();
  const auto failed = f.write([&](db::Tx& tx) -> Result<bool> {
    f.jobs.schedule(tx, "k", 1, f.clock.now());
    return Error(Errc::order_closed);
  });
  REQUIRE(!failed);
  f.schedule("k", 2, f.clock.now());
  REQUIRE(test::eventually([&] { return f.runs.size() == 1; }));
  REQUIRE(f.runs.subjects() == std::vector<std::int64_t>{2});
}

TEST_CASE("there is one job for a kind and subject, due at the earlier of both times") {
  Fixture f;
  const TimeMs now = f.clock.now();
  const auto due = [&] {
    return f.read([](db::Tx& tx) { return *tx.value<TimeMs>(select_due_at); });
  };
  f.schedule("k", 1, now.plus_s(10));
  f.schedule("k", 1, now.plus_s(20));
  REQUIRE(f.rows() == 1);
  REQUIRE(due() == now.plus_s(10));
  f.schedule("k", 1, now.plus_s(5));
  REQUIRE(f.rows() == 1);
  REQUIRE(due() == now.plus_s(5));
}

TEST_CASE("a job goes on with attempts counted until its handler answers nothing") {
  Fixture f;
  f.record("k", [&](const Job& job) -> JobResult {
    if (job.attempt == 3) return std::nullopt;
    return f.clock.now();
  });
  f.schedule("k", 1, f.clock.now());
  f.start();
  REQUIRE(test::eventually([&] { return f.rows() == 0; }));
  const auto runs = f.runs.list();
  REQUIRE(runs.size() == 4);
  for (int i = 0; i < 4; ++i) REQUIRE(runs[static_cast<std::size_t>(i)].attempt == i);
  REQUIRE(runs[3].created == runs[0].created);
}

TEST_CASE("attempts start anew where a job is scheduled with restart") {
  Fixture f;
  std::atomic<bool> first{true};
  f.record("k", [&](const Job&) -> JobResult {
    if (first.exchange(false)) return f.clock.now().plus_s(600);
    return std::nullopt;
  });
  f.schedule("k", 1, f.clock.now());
  f.start();
  REQUIRE(test::eventually([&] { return f.runs.size() == 1; }));
  f.schedule("k", 1, f.clock.now(), true);
  REQUIRE(test::eventually([&] { return f.runs.size() == 2 && f.rows() == 0; }));
  REQUIRE(f.runs.list()[1].attempt == 0);
}

TEST_CASE("a job that is scheduled while it runs runs once more, not beside itself") {
  Fixture f;
  f.hang("k", 4);
  f.schedule("k", 1, f.clock.now());
  f.start();
  REQUIRE(test::eventually([&] { return f.runs.size() == 1; }));
  f.schedule("k", 1, f.clock.now());
  f.schedule("k", 1, f.clock.now());
  f.schedule("k", 2, f.clock.now());
  REQUIRE(test::eventually([&] { return f.runs.size() == 2; }));
  REQUIRE(f.runs.subjects() == std::vector<std::int64_t>{1, 2});
  f.released = true;
  REQUIRE(test::eventually([&] { return f.rows() == 0; }));
  REQUIRE(f.runs.subjects() == std::vector<std::int64_t>{1, 2, 1});
}

TEST_CASE("P11: a claim that was taken over cannot finish the job") {
  Fixture f;
  f.hang("k", 1);
  f.schedule("k", 1, f.clock.now());
  f.start();
  REQUIRE(test::eventually([&] { return f.runs.size() == 1; }));
  f.write([](db::Tx& tx) { return tx.exec(steal_all); });
  f.released = true;
  Counter& lost = f.metrics.counter("tollgate_jobs_run_total", "Runs of jobs by how they ended",
                                    {{"kind", "k"}, {"outcome", "lost"}});
  REQUIRE(test::eventually([&] { return lost.value() == 1; }));
  REQUIRE(f.rows() == 1);
}

TEST_CASE("a cancelled job does not run, and a run under way comes to nothing") {
  Fixture f;
  f.hang("k", 1);
  f.schedule("k", 1, f.clock.now());
  f.schedule("k", 2, f.clock.now());
  f.start();
  REQUIRE(test::eventually([&] { return f.runs.size() == 1; }));
  f.write([&](db::Tx& tx) {
    f.jobs.cancel(tx, "k", 1);
    f.jobs.cancel(tx, "k", 2);
    return true;
  });
  f.schedule("k", 3, f.clock.now());
  f.released = true;
  REQUIRE(test::eventually([&] { return f.rows() == 0; }));
  REQUIRE(f.runs.subjects() == std::vector<std::int64_t>{1, 3});
}

TEST_CASE(
    "P11: a sole instance runs the jobs of its earlier life at once, others after the lease") {
  Fixture f;
  f.record("k");
  f.schedule("k", 1, f.clock.now());
  f.write([&](db::Tx& tx) { return tx.exec(leave_leased, f.clock.now().plus_s(60)); });
  SECTION("sole instance") {
    f.start();
    REQUIRE(test::eventually([&] { return f.runs.size() == 1; }));
  }
  SECTION("one of several") {
    f.record("other");
    f.started = true;
    f.jobs.start(f.io.context.get_executor(), false);
    f.schedule("other", 2, f.clock.now());
    REQUIRE(test::eventually([&] { return f.runs.size() == 1; }));
    REQUIRE(f.runs.subjects() == std::vector<std::int64_t>{2});
    f.advance_ms(61'000);
    REQUIRE(test::eventually([&] { return f.runs.size() == 2; }));
  }
}

TEST_CASE("a job that throws is due again with growing gaps, and others go on") {
  Fixture f;
  f.record(
      "poison", [](const Job&) -> JobResult { throw std::runtime_error("poison"); }, 1);
  f.record("k", {}, 1);
  f.schedule("poison", 1, f.clock.now());
  f.start();
  const auto due = [&] {
    return f.read([](db::Tx& tx) { return *tx.value<TimeMs>(select_due_at); });
  };
  std::int64_t gap_ms = 1'000;
  for (std::size_t run = 1; run <= 11; ++run) {
    REQUIRE(test::eventually([&] { return f.runs.size() == run; }));
    const TimeMs expected = f.clock.now().plus_ms(gap_ms);
    REQUIRE(test::eventually([&] { return due() == expected; }));
    f.advance_ms(gap_ms);
    gap_ms = std::min<std::int64_t>(gap_ms * 2, 300'000);
  }
  REQUIRE(test::eventually([&] { return f.runs.size() == 12; }));
  f.schedule("k", 2, f.clock.now());
  REQUIRE(test::eventually([&] { return f.runs.subjects().back() == 2; }));
}

TEST_CASE("P10: one kind's hanging handlers do not block another kind, and are bounded") {
  Fixture f;
  f.hang("slow", 3);
  f.record("quick");
  for (int i = 1; i <= 10; ++i) f.schedule("slow", i, f.clock.now());
  f.start();
  REQUIRE(test::eventually([&] { return f.runs.size() == 3; }));
  for (int i = 101; i <= 150; ++i) f.schedule("quick", i, f.clock.now());
  REQUIRE(test::eventually([&] { return f.runs.size() == 53; }));
  REQUIRE(test::eventually([&] { return f.rows() == 10; }));
  f.released = true;
  REQUIRE(test::eventually([&] { return f.rows() == 0; }));
  REQUIRE(f.runs.size() == 60);
}

TEST_CASE("P11: a wall clock that jumps past the leases does not run a job beside itself") {
  Fixture f;
  f.hang("k", 4);
  f.schedule("k", 1, f.clock.now());
  f.start();
  REQUIRE(test::eventually([&] { return f.runs.size() == 1; }));
  f.clock.advance_ms(24 * 3'600'000);
  f.schedule("k", 2, f.clock.now());
  REQUIRE(test::eventually([&] { return f.runs.size() == 2; }));
  f.released = true;
  REQUIRE(test::eventually([&] { return f.rows() == 0; }));
  REQUIRE(f.runs.subjects() == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("stop waits for the handlers under way and claims nothing more") {
  Fixture f;
  f.hang("k", 1);
  f.schedule("k", 1, f.clock.now());
  f.schedule("k", 2, f.clock.now());
  f.start();
  REQUIRE(test::eventually([&] { return f.runs.size() == 1; }));
  auto stopped = asio::co_spawn(f.io.context, f.jobs.stop(), asio::use_future);
  f.started = false;
  REQUIRE(stopped.wait_for(std::chrono::milliseconds(30)) == std::future_status::timeout);
  f.released = true;
  stopped.get();
  REQUIRE(f.runs.subjects() == std::vector<std::int64_t>{1});
  REQUIRE(f.rows() == 1);
}

TEST_CASE("jobs that are scheduled from many threads all run once") {
  Fixture f;
  f.record("k", {}, 64);
  f.start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&f, t] {
      for (int i = 0; i < 250; ++i) f.schedule("k", 1 + t * 250 + i, f.clock.now());
    });
  for (auto& thread : threads) thread.join();
  REQUIRE(test::eventually([&] { return f.rows() == 0; }));
  auto subjects = f.runs.subjects();
  std::ranges::sort(subjects);
  REQUIRE(subjects.size() == 1'000);
  REQUIRE(std::ranges::adjacent_find(subjects) == subjects.end());
}

TEST_CASE("a job that is due again at once is taken, though its last run is still listed (P5)") {
  test::Store store;
  constexpr TimeMs now{1'000}, lease{61'000};
  constexpr std::string_view kind = "refund";
  for (const bool finished : {false, true}) {
    const auto next = store.write([&](db::Tx& tx) {
      job_store::remove(tx, kind, 7);
      job_store::insert(tx, {JobId(1), kind, 7, now, false}, now);
      const std::vector<job_store::Claim> none;
      const auto first = job_store::claim(tx, kind, {now, lease, 8, none});
      job_store::schedule(tx, {JobId(2), kind, 7, now, false}, now);
      if (finished)
        job_store::finish(tx, first.at(0), now);
      else
        job_store::again(tx, first.at(0), {9'000}, 0);
      return job_store::claim(tx, kind, {now, lease, 8, first});
    });
    CHECK(next.size() == 1);
  }
}
