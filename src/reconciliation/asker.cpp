#include "reconciliation/asker.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "reconciliation/differences.hpp"

namespace tollgate::reconciliation {
namespace {

constexpr int batch = 100;

std::string evidence(const Answer& answer) {
  json::Writer out;
  out.begin_object().field("answered", answer.told).field("moved", answer.moved);
  out.field("amount", answer.amount >= 0 ? std::optional(answer.amount) : std::nullopt);
  out.field("currency", answer.currency).field("code", answer.code);
  out.field("message", answer.message).end_object();
  return out.take();
}

/// Whether our books say by now what the line said when the difference was found.
bool bill_agrees(const Difference& difference, const Ours& now) {
  if (difference.theirs == "null") return false;
  const auto theirs = json::Document::parse(difference.theirs);
  if (!theirs) return false;
  json::Errors errors;
  json::Object line(*theirs, errors);
  const bool moved = line.text("status") == line_status(sdk::Verdict::succeeded);
  const auto amount = line.integer("amount");
  const auto currency = line.text("currency");
  if (!errors.empty()) return false;
  return moved ? now.amount == amount && now.currency == currency : now.amount == 0;
}

}  // namespace

Resolution resolution_of(const Difference& difference, const std::optional<Ours>& now,
                         const Answer& answer) {
  if (!now) return Resolution::for_operator;
  const bool same_amount = answer.amount < 0 || answer.amount == now->amount;
  const bool same_currency = answer.currency.empty() || answer.currency == now->currency;
  const bool agrees =
      answer.moved ? now->amount > 0 && same_amount && same_currency : now->amount == 0;
  if (!agrees) return Resolution::for_operator;
  return bill_agrees(difference, *now) ? Resolution::repaired : Resolution::confirmed;
}

boost::asio::awaitable<bool> Asker::ask(std::string account_id, bool give_up) {
  bool all = true;
  std::int64_t after = 0;
  for (;;) {
    auto read = [&](db::Tx& tx) { return differences::to_ask(tx, account_id, after, batch); };
    const auto asked = co_await services_.database.read(read);
    for (const auto& difference : asked) {
      after = difference.id.value();
      const bool settled = co_await settle(difference, give_up);
      all = all && settled;
    }
    if (asked.size() < batch) co_return all;
  }
}

boost::asio::awaitable<bool> Asker::settle(Difference d, bool give_up) {
  Books& books = d.subject == Subject::refund ? services_.refunds : services_.payments;
  const Answer answer = co_await books.ask(d.number);
  if (!answer.told && !give_up) co_return false;
  auto work = [&](db::Tx& tx) {
    // Another run of its day may have found something else meanwhile.
    const auto found = differences::find(tx, d.id);
    if (!found || found->resolution != d.resolution) return Resolution::asking;
    d = *found;
    const auto now = books.find(tx, d.account_id, d.number);
    const auto to = answer.told ? resolution_of(d, now, answer) : Resolution::for_operator;
    differences::resolve(tx, d, to, evidence(answer), std::nullopt, services_.clock.now());
    return to;
  };
  const auto to = co_await services_.database.write(work);
  if (to == Resolution::asking) co_return true;  // it is settled otherwise
  log::write(to == Resolution::for_operator ? log::Level::error : log::Level::info,
             "reconciliation.difference",
             {{"account_id", d.account_id},
              {"kind", to_string(d.kind)},
              {"number", d.number},
              {"resolution", to_string(to)}});
  co_return true;
}

}  // namespace tollgate::reconciliation
