// The SQL of reconciliations and of bills' lines.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "reconciliation/model.hpp"

namespace tollgate::reconciliation::store {

/// Throws db::UniqueViolation where the account's day has one.
void insert(db::Tx& tx, const Reconciliation& reconciliation);
std::optional<Reconciliation> find(db::Tx& tx, ReconciliationId id);
std::optional<Reconciliation> find_day(db::Tx& tx, const std::string& account_id,
                                       const std::string& date);
/// The earliest day that the account has one of.
std::optional<std::string> first_date(db::Tx& tx, const std::string& account_id);
/// Below `before`, newest first.
std::vector<Reconciliation> list(db::Tx& tx, const std::optional<std::string>& account_id,
                                 std::int64_t before, int limit);

std::int64_t count_failed(db::Tx& tx);
/// The totals of the account's latest completed days, JSON each, at most `limit`.
std::vector<std::string> latest_totals(db::Tx& tx, const std::string& account_id, int limit);

/// Writes what changes as it goes on: status, stage, tries, failure_code, lines, totals,
/// completed_at.
void update(db::Tx& tx, const Reconciliation& reconciliation);

void insert_lines(db::Tx& tx, const Reconciliation& of, const std::vector<Line>& lines);
/// At most `limit` of a reconciliation's lines; how many were there.
std::int64_t delete_lines(db::Tx& tx, ReconciliationId id, int limit);
/// After `line_no`, in order.
std::vector<Line> lines_after(db::Tx& tx, ReconciliationId id, std::int64_t line_no, int limit);
/// A line of an earlier day, or before `line`, says the same of the same number. Here and below the
/// lines of a fetch that has failed, or is not done, do not count.
bool is_repeated(db::Tx& tx, const Reconciliation& of, const Line& line);
/// Some bill of the account has the number, ours or ('#' …) the channel's, whatever it says of it.
bool has_line(db::Tx& tx, const std::string& account_id, Subject subject, const Ours& ours);

}  // namespace tollgate::reconciliation::store
