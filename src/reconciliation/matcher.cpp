#include "reconciliation/matcher.hpp"

#include <cstdlib>
#include <utility>
#include <vector>

#include "reconciliation/differences.hpp"
#include "reconciliation/judge.hpp"
#include "reconciliation/store.hpp"

namespace tollgate::reconciliation {
namespace {

constexpr int batch = 500;

Difference difference_of(const Reconciliation& of, Subject subject, Kind kind,
                         const std::string& number, TimeMs now) {
  Difference d;
  d.reconciliation_id = of.id;
  d.account_id = of.account_id;
  d.subject = subject;
  d.kind = kind;
  d.number = number;
  d.found_at = now;
  return d;
}

/// Whether the channel's answer could settle it: there is something of ours to ask about.
Resolution first_step(Kind kind) {
  switch (kind) {
    case Kind::missing_at_channel:
    case Kind::amount_differs:
    case Kind::status_differs:
      return Resolution::asking;
    case Kind::missing_here:
    case Kind::fee_differs:
    case Kind::duplicate:
      break;
  }
  return Resolution::for_operator;
}

void name_ours(Difference& d, const Ours& ours) {
  d.pay_no = ours.pay_no;
  if (d.subject == Subject::refund) d.refund_id = ours.number;
  d.ours = to_json(ours);
}

}  // namespace

struct Matcher::Run {
  Reconciliation& of;
  std::optional<std::int64_t> fee_ppm;
  Totals totals;
  std::int64_t count = 0;
  // Of the stretch that is looked at:
  std::vector<Difference> found = {};
  std::vector<journal::Movement> fees = {};

  std::optional<std::string> failure() const {
    if (count > differences_max) return "too_many_differences";
    if (!totals.is_sound()) return "bill_out_of_bounds";
    return std::nullopt;
  }

  Difference of_line(const Line& line, const std::optional<Ours>& ours, Kind kind,
                     TimeMs now) const {
    // Another account's row is not ours to show under this one's number.
    const bool known = ours && kind != Kind::missing_here;
    // Lines that name nothing are told apart by where they stand.
    const std::string named =
        line.number.empty() ? "line " + std::to_string(line.line_no) : line.number;
    auto d = difference_of(of, line.subject, kind, known ? ours->number : named, now);
    d.theirs = to_json(line);
    d.resolution = first_step(kind);
    if (!line.pay_no.empty()) d.pay_no = line.pay_no;
    if (line.subject == Subject::refund && !line.number.starts_with('#')) d.refund_id = line.number;
    if (known) name_ours(d, *ours);
    return d;
  }

  /// One line of theirs. `repeated`: it, or one like it, has been there before.
  void take(const Line& line, const std::optional<Ours>& ours, bool repeated, TimeMs now) {
    if (repeated) return found.push_back(of_line(line, ours, Kind::duplicate, now));
    const auto kind = judge(line, ours, of.account_id, fee_ppm);
    if (kind) found.push_back(of_line(line, ours, *kind, now));
    if (!kind || kind == Kind::fee_differs) note_fee(line, *ours);
  }

  void note_fee(const Line& line, const Ours& ours) {
    const auto pay_no = PayNo::parse(ours.pay_no);
    if (line.fee == 0 || !bears_fee(line) || !moved(line) || !pay_no) return;
    journal::Movement fee;
    fee.kind = line.fee > 0 ? journal::Kind::fee : journal::Kind::fee_returned;
    fee.pay_no = *pay_no;
    if (line.subject == Subject::refund) fee.number = std::stoll(ours.number);
    fee.account_id = of.account_id;
    fee.currency = line.currency;
    fee.amount = std::abs(line.fee);
    fees.push_back(std::move(fee));
  }

  Difference of_ours(Subject subject, const Ours& ours, TimeMs now) const {
    auto d = difference_of(of, subject, Kind::missing_at_channel, ours.number, now);
    name_ours(d, ours);
    const bool near_midnight = ours.time.ms < of.day.from.plus_ms(midnight_ms).ms ||
                               ours.time.ms >= of.day.until.ms - midnight_ms;
    d.resolution = near_midnight ? Resolution::pooled : Resolution::asking;
    d.pool_until = of.day.until.plus_ms(pool_ms);
    return d;
  }
};

Books& Matcher::books_of(Subject subject) {
  return subject == Subject::refund ? services_.refunds : services_.payments;
}

boost::asio::awaitable<std::optional<std::string>> Matcher::match(
    Reconciliation& reconciliation, std::optional<std::int64_t> fee_ppm) {
  Run run{reconciliation, fee_ppm, {}};
  auto forget = [&](db::Tx& tx) {
    differences::forget_seen(tx, reconciliation.id);
    return true;
  };
  co_await services_.database.write(forget);
  co_await their_side(run);
  co_await our_side(run, Subject::payment);
  co_await our_side(run, Subject::refund);
  auto failure = run.failure();
  if (!failure) reconciliation.totals = run.totals.to_json();
  auto close = [&](db::Tx& tx) {
    if (failure)
      differences::leave_to_operator(tx, reconciliation.id);
    else
      differences::close_unseen(tx, reconciliation.id, services_.clock.now());
    return true;
  };
  co_await services_.database.write(close);
  co_return failure;
}

boost::asio::awaitable<void> Matcher::their_side(Run& run) {
  std::int64_t after = 0;
  while (!run.failure()) {
    auto look = [&](db::Tx& tx) {
      const auto lines = store::lines_after(tx, run.of.id, after, batch);
      for (const auto& line : lines) {
        after = line.line_no;
        run.totals.add(line);
        if (line.subject == Subject::fee || line.subject == Subject::other) continue;
        const auto ours = books_of(line.subject).find(tx, run.of.account_id, line.number);
        const bool repeated = moved(line) && store::is_repeated(tx, run.of, line);
        run.take(line, ours, repeated, services_.clock.now());
      }
      return lines.size();
    };
    const auto seen = co_await services_.database.read(look);
    co_await record(run);
    if (seen < batch) co_return;
  }
}

boost::asio::awaitable<void> Matcher::our_side(Run& run, Subject subject) {
  After after;
  bool more = true;
  while (more && !run.failure()) {
    auto look = [&](db::Tx& tx) {
      const auto moved = books_of(subject).moved(tx, run.of.account_id, run.of.day, after, batch);
      for (const auto& ours : moved.rows) {
        run.totals.add(subject, ours);
        if (!store::has_line(tx, run.of.account_id, subject, ours))
          run.found.push_back(run.of_ours(subject, ours, services_.clock.now()));
      }
      after = moved.next;
      return moved.more;
    };
    more = co_await services_.database.read(look);
    co_await record(run);
  }
}

boost::asio::awaitable<void> Matcher::record(Run& run) {
  run.count += static_cast<std::int64_t>(run.found.size());
  auto work = [&](db::Tx& tx) {
    for (const auto& difference : run.found) differences::record(tx, services_.ids, difference);
    for (const auto& fee : run.fees) journal::post(tx, fee, services_.clock.now());
    return true;
  };
  if (!run.found.empty() || !run.fees.empty()) co_await services_.database.write(work);
  run.found.clear();
  run.fees.clear();
}

boost::asio::awaitable<void> Matcher::settle_waiting(const Reconciliation& reconciliation) {
  std::int64_t after = 0;
  for (;;) {
    auto work = [&](db::Tx& tx) {
      const TimeMs now = services_.clock.now();
      const auto waiting = differences::waiting(tx, reconciliation.account_id, after, batch);
      for (const auto& d : waiting) {
        after = d.id.value();
        const auto ours = books_of(d.subject).find(tx, d.account_id, d.number);
        if (ours && store::has_line(tx, d.account_id, d.subject, *ours))
          differences::resolve(tx, d, Resolution::found_later, d.asked, d.note, now);
        else if (d.resolution == Resolution::pooled && now.ms >= d.pool_until.ms)
          differences::resolve(tx, d, Resolution::asking, d.asked, d.note, now);
      }
      return waiting.size();
    };
    const auto seen = co_await services_.database.write(work);
    if (seen < batch) co_return;
  }
}

}  // namespace tollgate::reconciliation
