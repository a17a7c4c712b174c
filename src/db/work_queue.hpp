// A bounded queue between callers and database threads.
#pragma once

#include <condition_variable>
#include <iterator>
#include <mutex>
#include <vector>

namespace tollgate::db {

template <class T>
class WorkQueue {
 public:
  explicit WorkQueue(std::size_t limit) : limit_(limit) {}

  enum class Push { ok, full, closed };
  /// Takes `item` where the answer is ok, else leaves it as it is.
  Push push(T&& item) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return Push::closed;
      if (items_.size() >= limit_) return Push::full;
      items_.push_back(std::move(item));
    }
    ready_.notify_one();
    return Push::ok;
  }

  /// Waits for work and takes up to `count`; empty when closed and drained.
  std::vector<T> take(std::size_t count) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return closed_ || !items_.empty(); });
    std::vector<T> taken;
    if (items_.size() <= count) {  // nearly always; those who push wait for no more than this
      taken.swap(items_);
      return taken;
    }
    const auto end = items_.begin() + static_cast<std::ptrdiff_t>(count);
    taken.assign(std::make_move_iterator(items_.begin()), std::make_move_iterator(end));
    items_.erase(items_.begin(), end);
    return taken;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<T> items_;
  bool closed_ = false;
};

}  // namespace tollgate::db
