// Seals: the events, which are the record of every change of state, chained in the background. A
// seal covers the events since the one before it and names the journal's last row, so its hash
// stands for all that was written until then.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/strong_id.hpp"
#include "db/database.hpp"

namespace tollgate::journal {

inline constexpr int events_in_seal = 256;

/// An event as it is hashed.
struct SealedEvent {
  EventId id;
  std::string type;
  OrderId order;
  std::string data;
  TimeMs created;
};
std::string hash_of(const SealedEvent& event);

/// Where events come from, which are not the journal's: those behind `after` in the order of the
/// commits, at most `limit`.
using EventSource = std::function<std::vector<SealedEvent>(db::Tx& tx, EventId after, int limit)>;

struct Seal {
  std::int64_t id = 0;
  EventId last_event;
  std::int64_t events = 0;
  std::string event_hashes;  ///< 16 hexadecimal digits each.
  std::string events_hash;
  std::int64_t posting_id = 0;
  std::string posting_hash;
  TimeMs sealed_at;
  std::string prev_hash, hash;
};
inline constexpr std::size_t event_hash_digits = 16;
/// What the seal's hash must be.
std::string hash_of(const Seal& seal);

/// What the hashes of events, in order, make: Seal's event_hashes and events_hash.
struct EventHashes {
  std::string each, all;
};
EventHashes hashes_of(const std::vector<SealedEvent>& events);

/// The last one; number 0 and no_hash where there is none.
Seal last_seal(db::Tx& tx);
/// In order, at most `limit` behind `after`.
std::vector<Seal> seals_after(db::Tx& tx, std::int64_t after, int limit);

/// The seal over what has come since the last one; nothing where nothing has. Writes nothing.
std::optional<Seal> next_seal(db::Tx& tx, const EventSource& source, TimeMs now);
/// False where another was made since: then nothing is written.
bool add(db::Tx& tx, const Seal& seal);

}  // namespace tollgate::journal
