#include "journal/seal.hpp"

#include "journal/canonical.hpp"
#include "journal/posting.hpp"

namespace tollgate::journal {
namespace {

#define SEAL_COLUMNS                                                                     \
  "SELECT id, last_event, events, event_hashes, events_hash, posting_id, posting_hash, " \
  "sealed_at, prev_hash, hash FROM seals "

const db::Sql insert_seal{
    "INSERT INTO seals (id, last_event, events, event_hashes, events_hash, posting_id, "
    "posting_hash, sealed_at, prev_hash, hash) VALUES (:id, :last_event, :events, :event_hashes, "
    ":events_hash, :posting_id, :posting_hash, :sealed_at, :prev_hash, :hash)"};
const db::Sql select_last{SEAL_COLUMNS "ORDER BY id DESC LIMIT 1"};
const db::Sql select_after{SEAL_COLUMNS "WHERE id > :after ORDER BY id LIMIT :limit"};
#undef SEAL_COLUMNS

Seal read_seal(db::Columns& c) {
  Seal s;
  c >> s.id >> s.last_event >> s.events >> s.event_hashes >> s.events_hash >> s.posting_id >>
      s.posting_hash >> s.sealed_at >> s.prev_hash >> s.hash;
  return s;
}

}  // namespace

std::string hash_of(const SealedEvent& e) {
  Canonical text("event");
  text.add(e.id.value()).add(e.type).add(e.order.value()).add(e.data).add(e.created.ms);
  return text.hash();
}

std::string hash_of(const Seal& s) {
  Canonical text("seal");
  text.add(s.id).add(s.last_event.value()).add(s.events).add(s.event_hashes).add(s.events_hash);
  text.add(s.posting_id).add(s.posting_hash).add(s.sealed_at.ms).add(s.prev_hash);
  return text.hash();
}

EventHashes hashes_of(const std::vector<SealedEvent>& events) {
  EventHashes hashes;
  Canonical all("events");
  for (const auto& event : events) {
    const std::string hash = hash_of(event);
    hashes.each += hash.substr(0, event_hash_digits);
    all.add(hash);
  }
  hashes.all = all.hash();
  return hashes;
}

Seal last_seal(db::Tx& tx) {
  if (auto last = tx.find(select_last, read_seal)) return std::move(*last);
  Seal none;
  none.posting_hash = none.hash = no_hash;
  return none;
}

std::vector<Seal> seals_after(db::Tx& tx, std::int64_t after, int limit) {
  std::vector<Seal> list;
  tx.query(
      select_after, [&](db::Columns& c) { list.push_back(read_seal(c)); }, after, limit);
  return list;
}

std::optional<Seal> next_seal(db::Tx& tx, const EventSource& source, TimeMs now) {
  const Seal last = last_seal(tx);
  const auto events = source(tx, last.last_event, events_in_seal);
  const Head journal = head(tx);
  if (events.empty() && journal.id == last.posting_id) return std::nullopt;
  Seal seal;
  seal.id = last.id + 1;
  seal.last_event = events.empty() ? last.last_event : events.back().id;
  seal.events = static_cast<std::int64_t>(events.size());
  auto hashes = hashes_of(events);
  seal.event_hashes = std::move(hashes.each);
  seal.events_hash = std::move(hashes.all);
  seal.posting_id = journal.id;
  seal.posting_hash = journal.hash;
  seal.sealed_at = now;
  seal.prev_hash = last.hash;
  seal.hash = hash_of(seal);
  return seal;
}

bool add(db::Tx& tx, const Seal& s) {
  if (last_seal(tx).hash != s.prev_hash) return false;
  tx.exec(insert_seal, s.id, s.last_event, s.events, s.event_hashes, s.events_hash, s.posting_id,
          s.posting_hash, s.sealed_at, s.prev_hash, s.hash);
  return true;
}

}  // namespace tollgate::journal
