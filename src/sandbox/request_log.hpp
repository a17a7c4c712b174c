// What was asked of the simulator, and what it thought of it.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace tollgate::sandbox {

struct RequestRecord {
  TimeMs at;
  std::string channel;
  std::string method;
  std::string path;       ///< With its query, cut at 500 bytes.
  std::string operation;  ///< What was asked for: a fault's target, or the channel's word.
  std::string mch_id;     ///< As claimed; empty where unknown.
  std::string verdict;    ///< "accepted", or why not.
  std::string fault;      ///< The fault that was played; empty for none.
  int status = 0;         ///< 0 where the connection was cut.
};

/// The latest requests. Thread-safe.
class RequestLog {
 public:
  static constexpr std::size_t max_records = 5'000;

  void add(RequestRecord record) {
    const std::lock_guard lock(mutex_);
    if (records_.size() >= max_records) records_.pop_front();
    records_.push_back(std::move(record));
  }
  /// Newest first.
  std::vector<RequestRecord> latest(std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    std::vector<RequestRecord> out;
    for (auto at = records_.rbegin(); at != records_.rend() && out.size() < limit; ++at)
      out.push_back(*at);
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<RequestRecord> records_;
};

}  // namespace tollgate::sandbox
