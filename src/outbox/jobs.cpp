#include "outbox/jobs.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <map>
#include <mutex>
#include <vector>

#include "base/fault.hpp"
#include "base/log.hpp"
#include "outbox/job_store.hpp"
#include "outbox/tasks.hpp"

namespace tollgate::outbox {

namespace asio = boost::asio;
using job_store::Claim;

namespace {

constexpr TimeMs never{std::numeric_limits<std::int64_t>::max()};
constexpr std::size_t claim_batch = 64;
constexpr std::int64_t first_gap_ms = 1'000;
constexpr std::int64_t last_gap_ms = 300'000;

std::int64_t failure_gap_ms(int failures) {
  return std::min(last_gap_ms, first_gap_ms << std::min(failures, 20));
}

/// Shared with commits, which may outlive the runner: the earliest due time known of each kind.
class DueTimes {
 public:
  void add_kind(const std::string& kind) { due_[kind] = never; }

  void note(std::string_view kind, TimeMs due) {
    const std::lock_guard lock(mutex_);
    const auto at = due_.find(kind);
    if (at == due_.end() || at->second <= due) return;
    at->second = due;
    if (alarm_) alarm_->ring();
  }
  TimeMs get(const std::string& kind) const {
    const std::lock_guard lock(mutex_);
    return due_.find(kind)->second;
  }
  /// Before a look at the rows: what is noted from then on is kept.
  void forget(const std::string& kind) {
    const std::lock_guard lock(mutex_);
    due_[kind] = never;
  }
  void ring_by(std::shared_ptr<Alarm> alarm) {
    const std::lock_guard lock(mutex_);
    alarm_ = std::move(alarm);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, TimeMs, std::less<>> due_;
  std::shared_ptr<Alarm> alarm_;
};

struct Kind {
  std::string name;
  JobHandler handler;
  std::size_t concurrency = 1;
  std::size_t running = 0;
  Counter& finished;
  Counter& again;
  Counter& failed;
  Counter& lost;

  std::size_t free() const { return concurrency - running; }
};

/// What one claiming unit of work is asked and answers, kind by kind.
struct Want {
  Kind* kind;
  std::size_t limit;
  std::vector<Claim> claims = {};
  std::optional<TimeMs> next = std::nullopt;
};

}  // namespace

struct Jobs::Impl {
  Impl(db::Database& d, Snowflake& i, const Clock& c, Metrics& m)
      : database(d), ids(i), clock(c), metrics(m) {
    metrics.gauge("tollgate_jobs_due", "Jobs that are due and not running",
                  [waiting = waiting] { return waiting->load(); });
  }

  db::Database& database;
  Snowflake& ids;
  const Clock& clock;
  Metrics& metrics;
  std::shared_ptr<DueTimes> due = std::make_shared<DueTimes>();
  std::shared_ptr<std::atomic<std::int64_t>> waiting =
      std::make_shared<std::atomic<std::int64_t>>(0);
  std::map<std::string, std::unique_ptr<Kind>, std::less<>> kinds;

  // From start() on; touched on the strand alone.
  asio::any_io_executor strand;
  std::shared_ptr<Alarm> alarm;
  std::unique_ptr<TaskGroup> tasks;
  std::vector<Claim> running;
  std::int64_t renewed_at_ms = 0;
  std::int64_t swept_at_ms = 0;
  bool stopping = false;

  void note_after_commit(db::Tx& tx, std::string_view kind, TimeMs due_at) {
    tx.after_commit([times = due, name = std::string(kind), due_at] { times->note(name, due_at); });
  }
  asio::awaitable<void> run(bool sole_instance);
  asio::awaitable<void> free_leases();
  asio::awaitable<void> work();
  asio::awaitable<void> sweep();
  asio::awaitable<void> renew();
  asio::awaitable<void> claim_due();
  std::vector<Want> wanted() const;
  void dispatch(std::vector<Want> wants);
  asio::awaitable<void> run_job(Kind& kind, Claim claim);
  asio::awaitable<void> end_job(Kind& kind, const Claim& claim, JobResult next, bool threw);
  asio::awaitable<void> give_back(std::vector<Claim> claims);
  std::int64_t idle_ms() const;
  asio::awaitable<void> join();
};

Jobs::Jobs(db::Database& database, Snowflake& ids, const Clock& clock, Metrics& metrics)
    : impl_(std::make_unique<Impl>(database, ids, clock, metrics)) {}

Jobs::~Jobs() = default;

void Jobs::schedule(db::Tx& tx, std::string_view kind, std::int64_t subject, TimeMs due,
                    bool restart) {
  const job_store::NewJob job{impl_->ids.next_id<JobId>(), kind, subject, due, restart};
  job_store::schedule(tx, job, impl_->clock.now());
  impl_->note_after_commit(tx, kind, due);
}

void Jobs::schedule_first(db::Tx& tx, std::string_view kind, std::int64_t subject, TimeMs due) {
  const job_store::NewJob job{impl_->ids.next_id<JobId>(), kind, subject, due, false};
  job_store::insert(tx, job, impl_->clock.now());
  impl_->note_after_commit(tx, kind, due);
}

void Jobs::cancel(db::Tx& tx, std::string_view kind, std::int64_t subject) {
  job_store::remove(tx, kind, subject);
}

void Jobs::handle(std::string kind, JobHandler handler, int concurrency) {
  TOLLGATE_ASSERT(!impl_->alarm && concurrency > 0 && !impl_->kinds.contains(kind));
  const auto counter = [&](std::string_view outcome) -> Counter& {
    return impl_->metrics.counter("tollgate_jobs_run_total", "Runs of jobs by how they ended",
                                  {{"kind", kind}, {"outcome", outcome}});
  };
  auto made = std::make_unique<Kind>(
      Kind{kind, std::move(handler), static_cast<std::size_t>(concurrency), 0, counter("finished"),
           counter("again"), counter("failed"), counter("lost")});
  impl_->due->add_kind(kind);
  impl_->kinds.emplace(std::move(kind), std::move(made));
}

void Jobs::start(asio::any_io_executor executor, bool sole_instance) {
  auto& impl = *impl_;
  TOLLGATE_ASSERT(!impl.alarm);
  impl.strand = asio::make_strand(executor);
  impl.alarm = std::make_shared<Alarm>(impl.strand);
  impl.tasks = std::make_unique<TaskGroup>(impl.strand);
  impl.due->ring_by(impl.alarm);
  // The group counts its tasks on the strand.
  asio::post(impl.strand,
             [&impl, sole_instance] { impl.tasks->spawn("jobs", impl.run(sole_instance)); });
}

asio::awaitable<void> Jobs::stop() {
  if (!impl_->alarm) co_return;
  impl_->due->ring_by(nullptr);
  co_await asio::co_spawn(impl_->strand, impl_->join(), asio::use_awaitable);
}

asio::awaitable<void> Jobs::Impl::join() {
  stopping = true;
  alarm->ring();
  co_await tasks->join();
}

asio::awaitable<void> Jobs::Impl::run(bool sole_instance) {
  bool freed = !sole_instance;
  swept_at_ms = clock.steady_ms() - sweep_ms;
  while (!stopping) {
    std::string failure;
    try {
      if (!freed) co_await free_leases();
      freed = true;
      co_await work();
    } catch (const std::exception& e) {
      failure = e.what();
    }
    if (!failure.empty()) log::error("jobs.claim_failed", {{"error", failure}});
    const std::int64_t ms = failure.empty() ? idle_ms() : poll_ms;
    if (ms > 0) co_await alarm->wait(ms);
  }
}

asio::awaitable<void> Jobs::Impl::free_leases() {
  auto release = [](db::Tx& tx) {
    job_store::release_all(tx);
    return true;
  };
  co_await database.write(release);
}

asio::awaitable<void> Jobs::Impl::work() {
  if (clock.steady_ms() - renewed_at_ms >= lease_ms / 3) co_await renew();
  if (clock.steady_ms() - swept_at_ms >= sweep_ms) co_await sweep();
  co_await claim_due();
}

asio::awaitable<void> Jobs::Impl::sweep() {
  swept_at_ms = clock.steady_ms();
  const TimeMs now = clock.now();
  auto look = [&](db::Tx& tx) {
    std::int64_t count = 0;
    for (const auto& [name, kind] : kinds) {
      if (const auto next = job_store::next_due(tx, name, now)) due->note(name, *next);
      count += job_store::count_due(tx, name, now);
    }
    return count;
  };
  const std::int64_t count = co_await database.read(look);
  *waiting = count;
}

asio::awaitable<void> Jobs::Impl::renew() {
  renewed_at_ms = clock.steady_ms();
  if (running.empty()) co_return;
  const TimeMs until = clock.now().plus_ms(lease_ms);
  auto write = [claims = running, until](db::Tx& tx) {
    std::size_t lost = 0;
    for (const auto& claim : claims)
      if (!job_store::renew(tx, claim, until)) ++lost;
    return lost;
  };
  co_await database.write(write);
}

std::vector<Want> Jobs::Impl::wanted() const {
  std::vector<Want> wants;
  const TimeMs now = clock.now();
  for (const auto& [name, kind] : kinds)
    if (kind->free() > 0 && due->get(name) <= now)
      wants.push_back({kind.get(), std::min(kind->free(), claim_batch)});
  return wants;
}

asio::awaitable<void> Jobs::Impl::claim_due() {
  auto wants = wanted();
  if (wants.empty()) co_return;
  for (const auto& want : wants) due->forget(want.kind->name);
  const TimeMs now = clock.now();
  // What runs changes on this thread while the unit is on the database's.
  const auto under_way = running;
  auto write = [&](db::Tx& tx) {
    for (auto& want : wants) {
      want.claims = job_store::claim(tx, want.kind->name,
                                     {now, now.plus_ms(lease_ms), want.limit, under_way});
      want.next = job_store::next_due(tx, want.kind->name, now);
    }
    return true;
  };
  std::exception_ptr failure;
  try {
    co_await database.write(write);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    for (const auto& want : wants) due->note(want.kind->name, now);
    std::rethrow_exception(failure);
  }
  if (std::ranges::any_of(wants, [](const Want& want) { return !want.claims.empty(); }))
    fault::point("job.claimed");
  dispatch(std::move(wants));
}

void Jobs::Impl::dispatch(std::vector<Want> wants) {
  std::vector<Claim> unwanted;
  for (auto& want : wants) {
    if (want.next) due->note(want.kind->name, *want.next);
    for (auto& claim : want.claims) {
      if (stopping) {
        unwanted.push_back(std::move(claim));
        continue;
      }
      ++want.kind->running;
      running.push_back(claim);
      tasks->spawn("job", run_job(*want.kind, std::move(claim)));
    }
  }
  if (!unwanted.empty()) tasks->spawn("jobs.give_back", give_back(std::move(unwanted)));
}

asio::awaitable<void> Jobs::Impl::run_job(Kind& kind, Claim claim) {
  JobResult next;
  std::string failure;
  bool threw = false;
  try {
    next = co_await kind.handler(claim.job);
  } catch (const std::exception& e) {
    threw = true;
    failure = e.what();
  } catch (...) {
    threw = true;
    failure = "unknown exception";
  }
  if (threw) {
    next = clock.now().plus_ms(failure_gap_ms(claim.failures));
    log::error("job.failed", {{"kind", kind.name},
                              {"subject", claim.job.subject},
                              {"failures", claim.failures + 1},
                              {"error", failure}});
  }
  fault::point("job.done");
  std::exception_ptr unwritten;
  try {
    co_await end_job(kind, claim, next, threw);
  } catch (...) {
    unwritten = std::current_exception();
  }
  // The lease is renewed no more: where the end could not be written, the job runs again after it.
  std::erase_if(running, [&](const Claim& other) {
    return other.job.id == claim.job.id && other.token == claim.token;
  });
  --kind.running;
  alarm->ring();
  if (unwritten) std::rethrow_exception(unwritten);
}

asio::awaitable<void> Jobs::Impl::end_job(Kind& kind, const Claim& claim, JobResult next,
                                          bool threw) {
  const TimeMs now = clock.now();
  auto write = [&](db::Tx& tx) {
    if (!next) return job_store::finish(tx, claim, now);
    return job_store::again(tx, claim, *next, threw ? claim.failures + 1 : 0);
  };
  const job_store::Ended ended = co_await database.write(write);
  fault::point("job.ended");
  if (ended.next) due->note(kind.name, *ended.next);
  Counter& outcome = ended.fenced ? kind.lost
                     : threw      ? kind.failed
                     : next       ? kind.again
                                  : kind.finished;
  outcome.add();
}

asio::awaitable<void> Jobs::Impl::give_back(std::vector<Claim> claims) {
  auto write = [&](db::Tx& tx) {
    for (const auto& claim : claims) job_store::release(tx, claim);
    return true;
  };
  co_await database.write(write);
}

std::int64_t Jobs::Impl::idle_ms() const {
  std::int64_t ms = poll_ms;
  const TimeMs now = clock.now();
  for (const auto& [name, kind] : kinds) {
    if (kind->free() == 0) continue;
    const TimeMs next = due->get(name);
    ms = std::min(ms, next <= now ? 0 : next.ms - now.ms);
  }
  return ms;
}

}  // namespace tollgate::outbox
