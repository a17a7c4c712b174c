#include "reconciliation/totals.hpp"

#include <cstdlib>

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "reconciliation/judge.hpp"

namespace tollgate::reconciliation {
namespace {

constexpr std::size_t max_currencies = 400;

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

void read(json::Object& in, std::string_view name, Totals::Side& side) {
  auto from = in.optional_object(name);
  if (!from) return;
  side.payments += from->integer("payments");
  side.paid += from->integer("paid");
  side.refunds += from->integer("refunds");
  side.refunded += from->integer("refunded");
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

bool Totals::add_json(const std::string& totals) {
  const auto document = json::Document::parse("{\"of\":" + totals + "}");
  if (!document) return false;
  json::Errors errors;
  json::Object root(*document, errors);
  root.objects("of", 0, max_currencies, [&](json::Object& in) {
    auto& of = by_currency_[in.text("currency")];
    read(in, "theirs", of.theirs);
    read(in, "ours", of.ours);
    of.fees += in.integer("fees");
    of.other += in.integer("other");
  });
  return errors.empty();
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

void Funds::add(const sdk::BillLine& line) {
  auto& of = by_currency_[line.currency];
  ++of.lines;
  const bool is_out = line.kind == sdk::BillLineKind::refund || line.amount < 0;
  (is_out ? of.out : of.in) += std::abs(line.amount);
}

std::string Funds::to_json() const {
  json::Writer out;
  out.begin_array();
  for (const auto& [currency, of] : by_currency_) {
    out.begin_object().field("currency", currency).field("lines", of.lines);
    out.field("in", of.in).field("out", of.out).end_object();
  }
  out.end_array();
  return out.take();
}

}  // namespace tollgate::reconciliation
