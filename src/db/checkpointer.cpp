#include "db/checkpointer.hpp"

#include "base/fault.hpp"

namespace tollgate::db {
namespace {

constexpr int portion_pages = 1'000;  // SQLite's own default
constexpr int long_log_pages = 4'000;
constexpr int short_rest_pages = 500;

}  // namespace

Checkpointer::Checkpointer(const std::string& path, GroupWriter& committer)
    : committer_(committer), session_(path, Session::Mode::write) {
  thread_ = std::thread([this] { loop(); });
}

void Checkpointer::committed(int log_pages) {
  bool copy_here = false;
  {
    const std::lock_guard lock(mutex_);
    log_pages_ = log_pages;
    if (log_pages < copied_) copied_ = 0;  // the log has begun anew
    const int rest = log_pages - copied_;
    const bool is_long = log_pages >= long_log_pages;
    // Where the thread cannot keep up, commits wait after all.
    copy_here = (is_long && rest <= short_rest_pages) || log_pages >= 2 * long_log_pages;
    wanted_ = !copy_here && (is_long || rest >= portion_pages);
    if (!copy_here && !wanted_) return;
  }
  if (copy_here)
    copy();
  else
    changed_.notify_one();
}

void Checkpointer::copy() {
  const std::lock_guard copying(copying_);
  if (committer_.broken() || !has_rest()) return;
  int copied = 0;
  fault::point("db.before_checkpoint");
  try {
    copied = session_.checkpoint();
  } catch (const std::exception& e) {
    committer_.break_down(e.what());  // before anybody else may copy
  }
  fault::point("db.after_checkpoint");
  const std::lock_guard lock(mutex_);
  copied_ = copied;
}

bool Checkpointer::has_rest() {
  const std::lock_guard lock(mutex_);
  return log_pages_ > copied_;
}

void Checkpointer::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return wanted_ || ending_; });
    if (ending_) return;
    wanted_ = false;
    lock.unlock();
    copy();
    lock.lock();
  }
}

void Checkpointer::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace tollgate::db
