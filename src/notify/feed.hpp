// Events in the order they happened, pulled in batches: for a consumer that would rather ask than
// be called. The consumer keeps the place it has come to; asking with it is the acknowledgement,
// so that each event is seen at least once, whoever dies (P4).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "outbox/events.hpp"
#include "outbox/outbox.hpp"

namespace tollgate::notify {

class Feed {
 public:
  static constexpr int batch_max = 1'000;
  static constexpr std::int64_t wait_max_s = 30;

  struct Query {
    EventId after;  ///< Ids above it.
    std::optional<std::string> type;
    int limit = 100;
    std::int64_t wait_ms = 0;  ///< How long an empty answer may be held back.
  };

  /// Listens to the outbox: to be made before the first event.
  Feed(db::Database& database, outbox::Outbox& outbox, const Clock& clock);
  ~Feed();

  /// The oldest events after the place, at once where there are any, else as soon as one comes or
  /// `wait_ms` is over (then none). On any executor.
  boost::asio::awaitable<std::vector<outbox::StoredEvent>> read(Query query);

  /// Ends every wait, also those that begin later: the server stops. Thread-safe.
  void release();

 private:
  struct Waiters;
  class Place;
  db::Database& database_;
  const Clock& clock_;
  std::shared_ptr<Waiters> waiters_;
};

}  // namespace tollgate::notify
