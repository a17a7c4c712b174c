#include "reconciliation/totals.hpp"

#include "base/json_writer.hpp"
#include "reconciliation/judge.hpp"

namespace tollgate::reconciliation {
namespace {

void add_to(Totals::Side& side, Subject subject, std::int64_t amount) {
  if (subject == Subject::payment) {
    ++side.payments;
    side.paid += amount;
  } else {
    ++side.refunds;
    side.refunded += amount;
  }
}

void write(json::Writer& out, std::string_view name, const Totals::Side& side) {
  out.key(name).begin_object();
  out.field("payments", side.payments).field("paid", side.paid);
  out.field("refunds", side.refunds).field("refunded", side.refunded).end_object();
}

}  // namespace

void Totals::add(const Line& line) {
  auto& of = by_currency_[line.currency];
  switch (line.subject) {
    case Subject::payment:
      if (!moved(line)) return;
      add_to(of.theirs, line.subject, line.amount);
      of.fees += line.fee;
      break;
    case Subject::refund:
      if (line.status == sdk::Verdict::failed) return;
      add_to(of.theirs, line.subject, line.amount);
      of.fees += line.fee;
      break;
    case Subject::fee:
      of.fees -= line.amount;
      break;
    case Subject::other:
      of.other += line.amount;
      break;
  }
}

void Totals::add(Subject subject, const Ours& ours) {
  add_to(by_currency_[ours.currency].ours, subject, ours.amount);
}

std::string Totals::to_json() const {
  json::Writer out;
  out.begin_array();
  for (const auto& [currency, of] : by_currency_) {
    out.begin_object().field("currency", currency);
    write(out, "theirs", of.theirs);
    write(out, "ours", of.ours);
    out.field("fees", of.fees).field("other", of.other).end_object();
  }
  out.end_array();
  return out.take();
}

}  // namespace tollgate::reconciliation
