// What all channels share.
#pragma once

#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "sandbox/bills.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/notice.hpp"
#include "sandbox/request_log.hpp"

namespace tollgate::sandbox {

/// Where the simulator is reached; known once it listens. Thread-safe.
class PublicUrl {
 public:
  void set(std::string url) {
    const std::lock_guard lock(mutex_);
    url_ = std::move(url);
  }
  /// Without a slash at its end.
  std::string get() const {
    const std::lock_guard lock(mutex_);
    return url_;
  }

 private:
  mutable std::mutex mutex_;
  std::string url_;
};

/// References to things that outlive every channel.
struct Context {
  Ledger& ledger;
  Faults& faults;
  RequestLog& requests;
  NoticeSink& notices;
  const PublicUrl& url;
  const Clock& clock;  ///< The simulator's, which may be set wrong: stamps and the trades' times.
  const Clock& true_clock;  ///< For the freshness of what is received.
  Random& random;
  Bills& bills;
};

}  // namespace tollgate::sandbox
