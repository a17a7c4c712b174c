// One account's bill of one day, laid against our books.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/strong_id.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::reconciliation {

enum class Status { pending, completed, failed };
/// What is done next. Each stage may run again: what it writes, it writes anew.
enum class Stage { fetch, match, ask, done };

/// A day at a channel.
struct Day {
  std::string date;  ///< YYYY-MM-DD
  TimeMs from, until;

  bool holds(TimeMs time) const { return time.ms >= from.ms && time.ms < until.ms; }
};

struct Reconciliation {
  ReconciliationId id;
  std::string account_id, channel;
  Day day;
  Status status = Status::pending;
  Stage stage = Stage::fetch;
  int tries = 0;  ///< Of the stage.
  std::optional<std::string> failure_code;
  std::int64_t lines = 0;
  std::string totals{"[]"};   ///< JSON, one element a currency.
  std::string funds{"null"};  ///< The same of the bill of funds; null where there is none.
  TimeMs created_at;
  std::optional<TimeMs> completed_at;
};

enum class Subject { payment, refund, fee, other };

/// A line as it is kept.
struct Line {
  std::int64_t line_no = 0;
  Subject subject = Subject::other;
  std::string
      number;  ///< Ours as the channel says it; '#' and its own where it does not; or empty.
  sdk::Verdict status = sdk::Verdict::succeeded;
  std::int64_t amount = 0, fee = 0;
  std::string currency;
  TimeMs time;
  std::string pay_no, channel_trade_no, channel_refund_no, channel_kind;
};

/// What our books say of one payment or refund.
struct Ours {
  std::string number;  ///< pay_no or refund_id.
  std::string pay_no;
  std::string account_id, status, currency;
  std::int64_t amount = 0;  ///< Received, or given back; 0: no money has moved.
  TimeMs time;              ///< When it moved.
  std::string channel_no;   ///< The channel's number of the payment or refund.
};

enum class Kind {
  missing_here,        ///< The bill has it, our books do not know the number.
  missing_at_channel,  ///< Our books have it, the bill does not.
  amount_differs,
  status_differs,  ///< Money moved on one side only.
  fee_differs,     ///< Not what configuration says the channel keeps.
  duplicate,       ///< A second line of one payment or refund.
};

enum class Resolution {
  asking,        ///< The channel is being asked.
  pooled,        ///< Around midnight: a later bill may bring the line. Does not count yet.
  repaired,      ///< The channel's signed answer was applied: our books agree now.
  confirmed,     ///< The channel's answer agrees with our books, its bill does not (yet).
  found_later,   ///< A later bill brought the line.
  gone,          ///< A later run of the same day does not find it any more.
  for_operator,  ///< The truth is not certain: somebody must look.
  resolved,      ///< Somebody looked, and said why.
};

std::string_view to_string(Status status);
std::string_view to_string(Stage stage);
std::string_view to_string(Subject subject);
std::string_view to_string(Kind kind);
std::string_view to_string(Resolution resolution);
std::optional<Status> parse_status(std::string_view text);
Stage parse_stage(std::string_view text);
Subject parse_subject(std::string_view text);
Kind parse_kind(std::string_view text);
Resolution parse_resolution(std::string_view text);
std::string_view line_status(sdk::Verdict verdict);
sdk::Verdict parse_line_status(std::string_view text);

struct Difference {
  DifferenceId id;
  ReconciliationId reconciliation_id;
  std::string account_id;
  Subject subject = Subject::payment;
  Kind kind = Kind::missing_here;
  std::string number;
  std::optional<std::string> pay_no, refund_id;
  std::string ours{"null"}, theirs{"null"}, asked{"null"};  ///< JSON.
  Resolution resolution = Resolution::asking;
  std::optional<std::string> note;
  TimeMs pool_until;  ///< 0: no later bill is waited for.
  TimeMs found_at;
  std::optional<TimeMs> resolved_at;
};

/// One more where `date` is "YYYY-MM-DD"; nothing for what is no date.
std::optional<Day> day_of(std::string_view date, std::int64_t utc_offset_s);
/// The day that holds `time`.
Day day_at(TimeMs time, std::int64_t utc_offset_s);

Line line_of(const sdk::BillLine& from);
/// A side of a difference as the API shows it.
std::string to_json(const Ours& ours);
std::string to_json(const Line& line);
std::string to_json(const Difference& difference);

}  // namespace tollgate::reconciliation
