#include "db/stepped_database.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "db/units.hpp"

namespace tollgate::db {

MemoryDisk::MemoryDisk() : session_(std::make_unique<Session>(":memory:", Session::Mode::write)) {}
MemoryDisk::~MemoryDisk() = default;

SteppedDatabase::SteppedDatabase(MemoryDisk& disk, std::size_t queue, std::function<void()> on_work)
    : session_(*disk.session_),
      queue_(queue),
      on_work_(std::move(on_work)),
      writer_(std::make_unique<GroupWriter>(session_, [this] { closed_ = true; })) {}

SteppedDatabase::~SteppedDatabase() {
  drop();
}

std::exception_ptr SteppedDatabase::enqueue(Unit&& unit, bool write) {
  if (closed_) return std::make_exception_ptr(DatabaseError("the database is closed"));
  auto& queue = write ? writes_ : reads_;
  if (queue.size() >= queue_)
    return std::make_exception_ptr(Overloaded("the database queue is full"));
  queue.push_back(std::move(unit));
  on_work_();
  return nullptr;
}

void SteppedDatabase::read_one() {
  if (reads_.empty()) return;
  Unit unit = std::move(reads_.front());
  reads_.pop_front();
  writer_->read(session_, unit);
}

void SteppedDatabase::commit(std::size_t most) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, writes_.size()));
  if (count == 0) return;
  std::vector<Unit> units(std::make_move_iterator(writes_.begin()),
                          std::make_move_iterator(writes_.begin() + count));
  writes_.erase(writes_.begin(), writes_.begin() + count);
  auto finished = writer_->commit(std::move(units));
  std::move(finished.begin(), finished.end(), std::back_inserter(committed_));
}

void SteppedDatabase::tell() {
  GroupWriter::tell(std::exchange(committed_, {}));
}

void SteppedDatabase::drop() {
  closed_ = true;
  // What is destroyed here holds coroutines, whose ends may come back: the queues are empty by
  // then.
  const auto writes = std::exchange(writes_, {});
  const auto reads = std::exchange(reads_, {});
  const auto committed = std::exchange(committed_, {});
}

void SteppedDatabase::run_script(std::string_view sql) {
  session_.run_script(sql);
}

void SteppedDatabase::run_blocking(std::function<bool(Tx&)> run, bool write) {
  if (closed_) throw DatabaseError("the database is closed");
  Unit unit;
  std::exception_ptr failed;
  unit.run = std::move(run);
  unit.done = [&failed](std::exception_ptr error) { failed = error; };
  if (write) {
    std::vector<Unit> units;
    units.push_back(std::move(unit));
    GroupWriter::tell(writer_->commit(std::move(units)));
  } else {
    writer_->read(session_, unit);
  }
  if (failed) std::rethrow_exception(failed);
}

void SteppedDatabase::stop() {
  while (!writes_.empty() || !reads_.empty() || !committed_.empty()) {
    commit(writes_.size());
    tell();
    read_one();
  }
  closed_ = true;
}

}  // namespace tollgate::db
