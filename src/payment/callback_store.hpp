// The inbox's SQL: every callback, accepted or refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "payment/model.hpp"

namespace tollgate::payment::store {

struct CallbackRow {
  CallbackId id;
  std::string account_id;
  std::string event_id;  ///< Empty for refused ones.
  std::string event_type;
  std::string verdict;  ///< accepted, refused
  std::string reason;   ///< Empty for accepted ones.
  std::string state;    ///< received, applied, ignored, refused
  std::string result;
  PayNo pay_no;
  std::string fact;
  std::string body;
  std::int64_t size = 0;
  std::string remote_ip;
  TimeMs received_at;
};

/// Throws db::UniqueViolation for a repeat of (account, event).
void insert_callback(db::Tx& tx, const CallbackRow& row);
bool is_known(db::Tx& tx, const std::string& account_id, const std::string& event_id);
/// received → applied, with what that did; false where another has done it.
bool mark_applied(db::Tx& tx, CallbackId id, std::string_view result);
/// What settling a row needs.
struct Unapplied {
  CallbackId id;
  std::string account_id;
  std::string fact;
};
/// Accepted and not yet applied, oldest first; ids above `after`.
std::vector<Unapplied> unapplied(db::Tx& tx, CallbackId after, int limit);
/// Ids below `before`, newest first, without body and fact.
std::vector<CallbackRow> list_callbacks(db::Tx& tx, const std::optional<std::string>& account_id,
                                        const std::optional<std::string>& verdict,
                                        std::int64_t before, int limit);
/// The same of one attempt.
std::vector<CallbackRow> callbacks_of(db::Tx& tx, PayNo pay_no, std::int64_t before, int limit);
/// Keeps the newest `keep` refused ones of an account.
void prune_refused(db::Tx& tx, const std::string& account_id, int keep);

}  // namespace tollgate::payment::store
