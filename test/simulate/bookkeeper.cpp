#include "simulate/bookkeeper.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/time.hpp"

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t channel_offset_ms = 8 * hour_ms;
constexpr std::int64_t poll_ms = 5'000;
constexpr int longest_polls = 6 * 720;  // six hours
constexpr std::int64_t odd_fee = 77;
constexpr std::int64_t odd_amount = 7;

/// What a fault of a bill must lead to.
struct Fault {
  sandbox::FaultKind kind;
  const char* difference;  ///< Empty: the bill is had later, and sound.
  bool of_refunds = true;  ///< Can strike a refund's line, too.
  bool asked = true;       ///< The channel's answer agrees with our books.
  bool of_fees = false;    ///< Only where configuration knows the fee.
};
using enum sandbox::FaultKind;
constexpr std::array faults{
    Fault{missing_line, "missing_at_channel"},
    Fault{late_line, "missing_at_channel"},
    Fault{changed_amount, "amount_differs"},
    Fault{changed_status, "status_differs", false},
    Fault{changed_fee, "fee_differs", false, false, true},
    Fault{duplicate_line, "duplicate", true, false},
    Fault{extra_line, "missing_here", true, false},
    Fault{not_ready, ""},
    Fault{truncated, ""},
    Fault{wrong_hash, ""},
};

const std::string& number_of(const sandbox::BillEntry& entry) {
  return entry.refund ? entry.out_refund_no : entry.out_trade_no;
}

}  // namespace

BillDay bill_day_of(TimeMs moment) {
  const std::int64_t local_ms = moment.ms + channel_offset_ms;
  const std::int64_t from_ms = local_ms / day_ms * day_ms;
  return {to_rfc3339({from_ms}).substr(0, 10), {from_ms - channel_offset_ms}};
}

Books Bookkeeper::read_books() const {
  db::SteppedDatabase database(p_.process.disk(), 1, [] {});
  return database.read_blocking([](db::Tx& tx) { return Books::read(tx); });
}

asio::awaitable<void> Bookkeeper::hurry(std::int64_t until_ms) {
  for (;;) {
    co_await p_.world.sleep(p_.world.between(60'000, 1'200'000));
    if (p_.world.scheduler.now_ms() >= until_ms) co_return;
    const auto& account = accounts_[p_.world.random.below(accounts_.size())];
    const std::int64_t back_ms = p_.world.between(0, 1) * day_ms;
    const auto day = bill_day_of(p_.world.true_clock.now().plus_ms(-back_ms));
    co_await p_.caller.insist(
        {net::Method::post, "/v1/reconciliations",
         "{\"account_id\":" + in_quotes(account.id) + ",\"date\":" + in_quotes(day.date) + "}", "",
         true},
        3);
  }
}

/// Whether it came to its end well.
asio::awaitable<bool> Bookkeeper::reconcile(std::string account, std::string date) {
  const auto begun = co_await p_.caller.insist(
      {net::Method::post, "/v1/reconciliations",
       "{\"account_id\":" + in_quotes(account) + ",\"date\":" + in_quotes(date) + "}", "", true},
      100);
  if (!begun || begun->status != 202) {
    p_.world.fail("O10: " + date + " of " + account +
                  " cannot be reconciled: " + (begun ? begun->body : "no answer"));
    co_return false;
  }
  const std::string at = "/v1/reconciliations/" + member(begun->body, "id");
  for (int i = 0; i < longest_polls; ++i) {
    co_await p_.world.sleep(poll_ms);
    const auto now = co_await p_.caller.try_once({net::Method::get, at, "", "", true});
    const std::string status = now && now->status == 200 ? member(now->body, "status") : "";
    if (status == "completed") co_return true;
    if (status == "failed") break;
  }
  p_.world.fail("O10: the reconciliation of " + date + " of " + account +
                " does not come to an end");
  co_return false;
}

/// A fault and the line that it strikes; nothing where the bill has no fit one.
std::optional<Plant> Bookkeeper::choose(const Place& place, const Books& books) {
  const Fault& fault = faults[p_.world.random.below(faults.size())];
  Plant plant;
  plant.fault = sandbox::to_string(fault.kind);
  plant.account = place.account->id;
  plant.date = place.day.date;
  plant.kind = fault.difference;
  plant.asked = fault.asked;
  if (fault.of_fees && !place.account->fee_ppm) return std::nullopt;
  std::set<std::string> named;  // by earlier differences, or by a lie
  for (const auto& difference : books.differences) named.insert(difference.number);
  std::set<std::string> agreed;
  for (const auto& payment : books.payments)
    if (payment.status == "paid") agreed.insert(std::to_string(payment.pay_no));
  for (const auto& refund : books.refunds)
    if (refund.status == "succeeded") agreed.insert(std::to_string(refund.refund_id));
  std::set<std::string> with_fee;  // what the first bill said of it is posted
  for (const auto& posting : books.postings)
    if (posting.kind == "fee") with_fee.insert(std::to_string(posting.pay_no));
  auto lines = p_.channel.bill(plant.account, place.day.from);
  std::erase_if(lines, [&](const sandbox::BillEntry& entry) {
    const bool of_day = bill_day_of(entry.at).date == plant.date;
    return !of_day || (entry.refund && !fault.of_refunds) || named.contains(number_of(entry)) ||
           (fault.of_fees && !with_fee.contains(entry.out_trade_no)) ||
           !agreed.contains(number_of(entry)) || p_.channel.lied_about(entry.out_trade_no);
  });
  if (lines.empty()) return std::nullopt;
  plant.number = number_of(lines[p_.world.random.below(lines.size())]);
  if (fault.kind == extra_line)
    plant.number = "9" + std::to_string(100'000'000 + p_.world.random.below(900'000'000));
  return plant;
}

asio::awaitable<void> Bookkeeper::try_plant(Place place) {
  auto plant = choose(place, read_books());
  if (!plant) co_return;
  sandbox::Fault fault;
  fault.target = "bill";
  fault.kind = *sandbox::fault_kind(plant->fault);
  // A kill has the bill fetched again; what hides it for good would never end.
  fault.count = plant->kind.empty() ? p_.world.between(1, 2) : -1;
  if (!plant->kind.empty()) fault.number = plant->number;
  if (fault.kind == extra_line) fault.amount = odd_amount;
  if (fault.kind == changed_fee) {
    const auto bill = p_.channel.bill(plant->account, place.day.from);
    const auto line = std::ranges::find(bill, plant->number, number_of);
    fault.amount = line->fee + odd_fee;
  }
  p_.world.note({"plant", plant->fault, plant->account, plant->date, plant->number});
  if (!p_.channel.faults().add(fault)) p_.world.fail("a fault could not be set");
  if (p_.world.chance(500))
    p_.world.spawn("kill in a reconciliation", p_.chaos.kill_and_restart(600));
  plant->completed = co_await reconcile(plant->account, plant->date);
  p_.channel.faults().clear();
  for (const auto& difference : read_books().differences)
    if (difference.account_id == plant->account && difference.bill_date == plant->date)
      plant->found.push_back(difference);
  const auto found = plant->found;
  plants_.push_back(*std::move(plant));
  if (p_.world.chance(300)) co_await settle_by_hand(found);
}

/// An operator looks at what is left to him.
asio::awaitable<void> Bookkeeper::settle_by_hand(const std::vector<DifferenceRow>& found) {
  for (const auto& difference : found) {
    if (difference.resolution != "operator") continue;
    const auto answer = co_await p_.caller.insist(
        {net::Method::post, "/v1/differences/" + std::to_string(difference.id) + "/resolve",
         R"({"note":"looked at"})", "", true},
        120);  // an outage may last two minutes
    if (!answer || answer->status != 200)
      p_.world.fail("O10: a difference cannot be resolved: " +
                    (answer ? answer->body : std::string("no answer")));
  }
}

asio::awaitable<void> Bookkeeper::plant_faults() {
  const auto rounds = p_.world.between(1, 5);
  for (int i = 0; i < rounds; ++i) {
    const auto& account = accounts_[p_.world.random.below(accounts_.size())];
    // On the days of the storm; the first is tried where the other had nothing.
    const TimeMs first{p_.world.begins_ms};
    const std::int64_t later_ms = p_.world.between(0, 2) == 0 ? day_ms : 0;
    co_await try_plant({&account, bill_day_of(first.plus_ms(later_ms))});
  }
}

asio::awaitable<void> Bookkeeper::reconcile_all(TimeMs until) {
  // A wrong clock may have put something of ours on the day before.
  for (TimeMs at{p_.world.begins_ms - day_ms}; at.ms <= until.ms; at = at.plus_ms(day_ms))
    for (const auto& account : accounts_) co_await reconcile(account.id, bill_day_of(at).date);
}

std::vector<std::string> Bookkeeper::days_left_out(const Books& books) const {
  const TimeMs now = p_.world.true_clock.now();
  std::vector<std::string> left_out;
  for (TimeMs at{p_.world.begins_ms};; at = at.plus_ms(day_ms)) {
    const auto day = bill_day_of(at);
    if (day.from.plus_ms(day_ms + bill_after_ms).ms > now.ms) return left_out;
    for (const auto& account : accounts_) {
      const bool done = std::ranges::any_of(books.reconciliations, [&](const auto& r) {
        return r.account_id == account.id && r.bill_date == day.date &&
               (r.status == "failed" || r.completed_at >= day.from.ms + day_ms);
      });
      if (!done) left_out.push_back(account.id + " " + day.date);
    }
  }
}

}  // namespace tollgate::simulate
