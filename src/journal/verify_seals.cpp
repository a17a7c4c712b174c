#include <algorithm>

#include "journal/canonical.hpp"
#include "journal/verify.hpp"

namespace tollgate::journal {
namespace {

const db::Sql select_posting_hash{"SELECT hash FROM postings WHERE id = :id"};

std::string name_of(std::int64_t seal) {
  return "seal " + std::to_string(seal);
}

/// The row itself, without what it covers.
std::optional<Broken> check_row(const Seal& seal, const Seal& last) {
  if (seal.id != last.id + 1)
    return Broken{name_of(last.id + 1), "it is there", name_of(seal.id) + " is the next"};
  if (const auto hash = hash_of(seal); seal.hash != hash)
    return Broken{name_of(seal.id), "hash " + seal.hash, "hash " + hash + " of what stands there"};
  if (seal.prev_hash != last.hash)
    return Broken{name_of(last.id), "hash " + seal.prev_hash + ", says " + name_of(seal.id),
                  "hash " + last.hash};
  return std::nullopt;
}

std::optional<Broken> check_posting(db::Tx& tx, const Seal& seal) {
  if (seal.posting_id == 0) return std::nullopt;
  const auto hash = tx.value<std::string>(select_posting_hash, seal.posting_id);
  if (hash == seal.posting_hash) return std::nullopt;
  return Broken{"posting " + std::to_string(seal.posting_id),
                "hash " + seal.posting_hash + ", says " + name_of(seal.id),
                hash ? "hash " + *hash : "no such posting"};
}

/// The hashes of a seal or of what was found, one by one.
class Digits {
 public:
  explicit Digits(const std::string& all) : all_(all) {}
  std::size_t count() const { return all_.size() / event_hash_digits; }
  std::string_view at(std::size_t i) const {
    if (i >= count()) return {};
    return std::string_view(all_).substr(i * event_hash_digits, event_hash_digits);
  }

 private:
  const std::string& all_;
};

/// Which of the events it is, where the hashes differ.
Broken name_event(const Seal& seal, const Seal& last, const std::vector<SealedEvent>& events,
                  const EventHashes& found) {
  const Digits wanted(seal.event_hashes);
  const Digits here(found.each);
  std::size_t at = 0;
  while (at < std::max(wanted.count(), here.count()) && wanted.at(at) == here.at(at)) ++at;
  const EventId before = at == 0 ? last.last_event : events[std::min(at, events.size()) - 1].id;
  const std::string by = ", says " + name_of(seal.id);
  if (here.count() < wanted.count())
    return {"the event after event " + before.str(),
            "hash " + std::string(wanted.at(at)) + "…" + by, "it is not there"};
  if (at >= here.count())  // only the full hashes differ
    return {name_of(seal.id), "events' hash " + seal.events_hash, "events' hash " + found.all};
  const std::string row = "event " + events[at].id.str();
  if (here.count() > wanted.count())
    return {row, "no such event" + by, "hash " + std::string(here.at(at)) + "…"};
  return {row, "hash " + std::string(wanted.at(at)) + "…" + by,
          "hash " + std::string(here.at(at)) + "… of what stands there"};
}

std::optional<Broken> check_events(db::Tx& tx, const EventSource& source, const Seal& seal,
                                   const Seal& last) {
  // One more than there were, to see one that was put in.
  const auto most = std::clamp<std::int64_t>(seal.events, 0, events_in_seal) + 1;
  auto events = source(tx, last.last_event, static_cast<int>(most));
  std::erase_if(events, [&](const auto& event) { return event.id > seal.last_event; });
  const EventHashes found = hashes_of(events);
  if (found.each == seal.event_hashes && found.all == seal.events_hash) return std::nullopt;
  return name_event(seal, last, events, found);
}

}  // namespace

SealsWalk::SealsWalk() {
  last.hash = no_hash;
}

bool walk_seals(db::Tx& tx, const EventSource& source, SealsWalk& walk, int limit) {
  const auto portion = seals_after(tx, walk.last.id, limit);
  for (const auto& seal : portion) {
    walk.broken = check_row(seal, walk.last);
    if (!walk.broken) walk.broken = check_events(tx, source, seal, walk.last);
    if (!walk.broken) walk.broken = check_posting(tx, seal);
    if (walk.broken) return false;
    if (!walk.noted.empty() && seal.hash.starts_with(walk.noted)) walk.noted_at = seal.id;
    walk.events += seal.events;
    walk.last = seal;
  }
  return !portion.empty();
}

}  // namespace tollgate::journal
