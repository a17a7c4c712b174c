#include "reconciliation/model.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"

namespace tollgate::reconciliation {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

template <class Enum>
struct Word {
  Enum value;
  std::string_view text;
};
template <class Enum>
Word(Enum, std::string_view) -> Word<Enum>;

constexpr std::array statuses{Word{Status::pending, "pending"},
                              Word{Status::completed, "completed"}, Word{Status::failed, "failed"}};
constexpr std::array stages{Word{Stage::fetch, "fetch"}, Word{Stage::match, "match"},
                            Word{Stage::ask, "ask"}, Word{Stage::done, "done"}};
constexpr std::array subjects{Word{Subject::payment, "payment"}, Word{Subject::refund, "refund"},
                              Word{Subject::fee, "fee"}, Word{Subject::other, "other"}};
constexpr std::array kinds{Word{Kind::missing_here, "missing_here"},
                           Word{Kind::missing_at_channel, "missing_at_channel"},
                           Word{Kind::amount_differs, "amount_differs"},
                           Word{Kind::status_differs, "status_differs"},
                           Word{Kind::fee_differs, "fee_differs"},
                           Word{Kind::duplicate, "duplicate"}};
constexpr std::array resolutions{
    Word{Resolution::asking, "asking"},           Word{Resolution::pooled, "pooled"},
    Word{Resolution::repaired, "repaired"},       Word{Resolution::confirmed, "confirmed"},
    Word{Resolution::found_later, "found_later"}, Word{Resolution::gone, "gone"},
    Word{Resolution::for_operator, "operator"},   Word{Resolution::resolved, "resolved"}};
constexpr std::array line_statuses{Word{sdk::Verdict::succeeded, "succeeded"},
                                   Word{sdk::Verdict::pending, "pending"},
                                   Word{sdk::Verdict::failed, "failed"}};

template <class Words, class Enum>
std::string_view word_of(const Words& words, Enum value) {
  for (const auto& word : words)
    if (word.value == value) return word.text;
  return words.front().text;
}

template <class Words>
auto value_of(const Words& words, std::string_view text)
    -> std::optional<decltype(words.front().value)> {
  for (const auto& word : words)
    if (word.text == text) return word.value;
  return std::nullopt;
}

std::optional<unsigned> number_at(std::string_view text, std::size_t at, std::size_t length) {
  unsigned value = 0;
  const auto* from = text.data() + at;
  const auto [end, failed] = std::from_chars(from, from + length, value);
  if (failed != std::errc() || end != from + length) return std::nullopt;
  return value;
}

std::string name_of(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

Day day_from(std::chrono::sys_days day, std::int64_t utc_offset_s) {
  const std::int64_t from_ms = day.time_since_epoch().count() * day_ms - utc_offset_s * 1000;
  return {name_of(day), {from_ms}, {from_ms + day_ms}};
}

void time_field(json::Writer& out, std::string_view name, TimeMs time) {
  out.key(name);
  if (time.ms > 0)
    out.text(to_rfc3339(time));
  else
    out.null();
}

}  // namespace

std::string_view to_string(Status status) {
  return word_of(statuses, status);
}
std::string_view to_string(Stage stage) {
  return word_of(stages, stage);
}
std::string_view to_string(Subject subject) {
  return word_of(subjects, subject);
}
std::string_view to_string(Kind kind) {
  return word_of(kinds, kind);
}
std::string_view to_string(Resolution resolution) {
  return word_of(resolutions, resolution);
}
std::optional<Status> parse_status(std::string_view text) {
  return value_of(statuses, text);
}
Stage parse_stage(std::string_view text) {
  return value_of(stages, text).value_or(Stage::fetch);
}
Subject parse_subject(std::string_view text) {
  return value_of(subjects, text).value_or(Subject::other);
}
Kind parse_kind(std::string_view text) {
  return value_of(kinds, text).value_or(Kind::status_differs);
}
Resolution parse_resolution(std::string_view text) {
  return value_of(resolutions, text).value_or(Resolution::for_operator);
}
std::string_view line_status(sdk::Verdict verdict) {
  return word_of(line_statuses, verdict);
}
sdk::Verdict parse_line_status(std::string_view text) {
  return value_of(line_statuses, text).value_or(sdk::Verdict::pending);
}

std::optional<Day> day_of(std::string_view date, std::int64_t utc_offset_s) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
  const auto year = number_at(date, 0, 4);
  const auto month = number_at(date, 5, 2);
  const auto day = number_at(date, 8, 2);
  if (!year || !month || !day || *year < 2000) return std::nullopt;
  const std::chrono::year_month_day read(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day));
  if (!read.ok()) return std::nullopt;
  return day_from(std::chrono::sys_days(read), utc_offset_s);
}

Day day_at(TimeMs time, std::int64_t utc_offset_s) {
  const std::int64_t local_ms = time.ms + utc_offset_s * 1000;
  return day_from(std::chrono::sys_days(std::chrono::days(local_ms / day_ms)), utc_offset_s);
}

Line line_of(const sdk::BillLine& from) {
  Line line;
  const auto named = [](const std::string& ours, const std::string& theirs) {
    if (!ours.empty()) return ours;
    return theirs.empty() ? std::string() : "#" + theirs;
  };
  switch (from.kind) {
    case sdk::BillLineKind::payment:
      line.subject = Subject::payment;
      line.number = named(from.pay_no, from.channel_trade_no);
      break;
    case sdk::BillLineKind::refund:
      line.subject = Subject::refund;
      line.number = named(from.refund_no, from.channel_refund_no);
      break;
    case sdk::BillLineKind::fee:
      line.subject = Subject::fee;
      break;
    case sdk::BillLineKind::other:
      line.subject = Subject::other;
      break;
  }
  line.status = from.status == sdk::Verdict::unknown ? sdk::Verdict::pending : from.status;
  line.amount = from.amount;
  line.fee = from.fee;
  line.currency = from.currency;
  line.time = {from.time_ms};
  line.pay_no = from.pay_no;
  line.channel_trade_no = from.channel_trade_no;
  line.channel_refund_no = from.channel_refund_no;
  line.channel_kind = from.channel_kind;
  return line;
}

std::string to_json(const Ours& o) {
  json::Writer out;
  out.begin_object().field("status", o.status).field("amount", o.amount);
  out.field("currency", o.currency).field("channel_no", o.channel_no);
  time_field(out, "time", o.time);
  out.end_object();
  return out.take();
}

std::string to_json(const Line& l) {
  json::Writer out;
  out.begin_object().field("status", line_status(l.status)).field("amount", l.amount);
  out.field("fee", l.fee).field("currency", l.currency);
  out.field("channel_trade_no", l.channel_trade_no);
  out.field("channel_refund_no", l.channel_refund_no).field("channel_kind", l.channel_kind);
  out.field("line", l.line_no);
  time_field(out, "time", l.time);
  out.end_object();
  return out.take();
}

std::string to_json(const Difference& d) {
  json::Writer out;
  out.begin_object().field("id", d.id).field("reconciliation_id", d.reconciliation_id);
  out.field("account_id", d.account_id);
  out.field("kind", to_string(d.kind)).field("subject", to_string(d.subject));
  out.field("pay_no", d.pay_no).field("refund_id", d.refund_id);
  out.raw_field("ours", d.ours).raw_field("theirs", d.theirs).raw_field("asked", d.asked);
  out.field("resolution", to_string(d.resolution)).field("note", d.note);
  time_field(out, "found_at", d.found_at);
  time_field(out, "resolved_at", d.resolved_at.value_or(TimeMs{}));
  out.end_object();
  return out.take();
}

}  // namespace tollgate::reconciliation
