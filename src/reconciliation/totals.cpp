#include "reconciliation/totals.hpp"

#include <cstdlib>

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "reconciliation/judge.hpp"

namespace tollgate::reconciliation {
namespace {

void write(json::Writer& out, std::string_view name, const Totals::Side& side) {
  out.key(name).begin_object();
  out.field("payments", side.payments).field("paid", side.paid);
  out.field("refunds", side.refunds).field("refunded", side.refunded).end_object();
}

}  // namespace

Totals::OfCurrency& Totals::of(const std::string& currency) {
  if (by_currency_.size() < max_currencies || by_currency_.contains(currency))
    return by_currency_[currency];
  sound_ = false;
  return beyond_;
}

void Totals::add_to(std::int64_t& sum, std::int64_t amount) {
  std::int64_t more = 0;
  if (__builtin_add_overflow(sum, amount, &more))
    sound_ = false;
  else
    sum = more;
}

void Totals::add_to(Side& side, Subject subject, std::int64_t amount) {
  if (subject == Subject::payment) {
    ++side.payments;
    add_to(side.paid, amount);
  } else {
    ++side.refunds;
    add_to(side.refunded, amount);
  }
}

void Totals::read(json::Object& in, std::string_view name, Side& side) {
  auto from = in.optional_object(name);
  if (!from) return;
  add_to(side.payments, from->integer("payments"));
  add_to(side.paid, from->integer("paid"));
  add_to(side.refunds, from->integer("refunds"));
  add_to(side.refunded, from->integer("refunded"));
}

void Totals::add(const Line& line) {
  auto& sums = of(line.currency);
  switch (line.subject) {
    case Subject::payment:
      if (!moved(line)) return;
      add_to(sums.theirs, line.subject, line.amount);
      add_to(sums.fees, line.fee);
      break;
    case Subject::refund:
      if (line.status == sdk::Verdict::failed) return;
      add_to(sums.theirs, line.subject, line.amount);
      add_to(sums.fees, line.fee);
      break;
    case Subject::fee:
      add_to(sums.fees, -line.amount);
      break;
    case Subject::other:
      add_to(sums.other, line.amount);
      break;
  }
}

void Totals::add(Subject subject, const Ours& ours) {
  add_to(of(ours.currency).ours, subject, ours.amount);
}

bool Totals::add_json(const std::string& totals) {
  const auto document = json::Document::parse("{\"of\":" + totals + "}");
  if (!document) return false;
  json::Errors errors;
  json::Object root(*document, errors);
  root.objects("of", 0, max_currencies, [&](json::Object& in) {
    auto& sums = of(in.text("currency"));
    read(in, "theirs", sums.theirs);
    read(in, "ours", sums.ours);
    add_to(sums.fees, in.integer("fees"));
    add_to(sums.other, in.integer("other"));
  });
  return errors.empty() && sound_;
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
  const bool known = by_currency_.contains(line.currency);
  sound_ =
      sound_ && (known || by_currency_.size() < Totals::max_currencies) && line.amount != INT64_MIN;
  if (!sound_) return;
  auto& of = by_currency_[line.currency];
  ++of.lines;
  const bool is_out = line.kind == sdk::BillLineKind::refund || line.amount < 0;
  std::int64_t& sum = is_out ? of.out : of.in;
  sound_ = !__builtin_add_overflow(sum, std::abs(line.amount), &sum);
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
