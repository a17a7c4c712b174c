#include "reconciliation/fetcher.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include "base/fault.hpp"
#include "reconciliation/store.hpp"
#include "reconciliation/totals.hpp"

namespace tollgate::reconciliation {
namespace {

/// Lines in a unit of work: the writer serves payments in between.
constexpr std::size_t batch_lines = 200;
constexpr int batch_deletes = 1'000;

/// Collects lines into batches.
class Batches {
 public:
  Batches(db::Database& database, Reconciliation& of, std::int64_t lines_max)
      : database_(database), of_(of), lines_max_(lines_max) {}

  boost::asio::awaitable<void> take(std::vector<sdk::BillLine> lines) {
    for (const auto& line : lines) {
      if (of_.lines == lines_max_) {
        is_full_ = true;
        throw std::length_error("the bill has too many lines");
      }
      batch_.push_back(line_of(line));
      batch_.back().line_no = ++of_.lines;
      if (batch_.size() == batch_lines) co_await flush();
    }
  }

  boost::asio::awaitable<void> flush() {
    if (batch_.empty()) co_return;
    auto work = [&](db::Tx& tx) {
      store::insert_lines(tx, of_, batch_);
      return true;
    };
    co_await database_.write(work, db::Repeat::yes);
    batch_.clear();
  }

  /// There was a line more than may be.
  bool is_full() const { return is_full_; }

 private:
  db::Database& database_;
  Reconciliation& of_;
  const std::int64_t lines_max_;
  bool is_full_ = false;
  std::vector<Line> batch_;
};

sdk::OperationInput input_of(const Reconciliation& r, const std::string& method,
                             std::string bill_type) {
  sdk::OperationInput input;
  input.kind = sdk::OperationKind::fetch_bill;
  input.method = method;
  input.bill_date = r.day.date;
  input.bill_type = std::move(bill_type);
  return input;
}

}  // namespace

boost::asio::awaitable<void> Fetcher::drop_lines(ReconciliationId id) {
  auto work = [&](db::Tx& tx) { return store::delete_lines(tx, id, batch_deletes); };
  for (;;) {
    const auto deleted = co_await database_.write(work);
    if (deleted < batch_deletes) co_return;
  }
}

boost::asio::awaitable<sdk::Outcome> Fetcher::run(const Reconciliation& of,
                                                  std::shared_ptr<channel::Account> account,
                                                  std::string bill_type, channel::LineSink sink) {
  const auto* capability = account->capability_of(sdk::OperationKind::fetch_bill);
  TOLLGATE_ASSERT(capability != nullptr);
  auto input = input_of(of, capability->method, std::move(bill_type));
  auto call = driver_.begin(account, *capability, std::move(input)).value();
  const sdk::Outcome outcome = co_await call.run(std::move(sink));
  auto record = [&](db::Tx& tx) {
    call.record_outcome(tx);
    return true;
  };
  co_await database_.write(record);
  co_return outcome;
}

boost::asio::awaitable<sdk::Outcome> Fetcher::fetch(Reconciliation& reconciliation,
                                                    std::shared_ptr<channel::Account> account) {
  co_await drop_lines(reconciliation.id);
  reconciliation.lines = 0;
  Batches batches(database_, reconciliation, lines_max_);
  auto sink = [&batches](std::vector<sdk::BillLine> lines) {
    return batches.take(std::move(lines));
  };
  sdk::Outcome outcome = co_await run(reconciliation, std::move(account), "trade", sink);
  fault::point("reconcile.bill_fetched");
  co_await batches.flush();
  if (batches.is_full()) {
    outcome = sdk::Outcome(sdk::Verdict::failed, sdk::Reason::rejected);
    outcome.channel_code = "too_many_lines";
  }
  // Half a bill is no evidence.
  if (outcome.verdict != sdk::Verdict::succeeded) co_await drop_lines(reconciliation.id);
  co_return outcome;
}

boost::asio::awaitable<sdk::Outcome> Fetcher::fetch_funds(
    Reconciliation& reconciliation, std::shared_ptr<channel::Account> account) {
  Funds funds;
  auto sink = [&funds](std::vector<sdk::BillLine> lines) -> boost::asio::awaitable<void> {
    for (const auto& line : lines) funds.add(line);
    co_return;
  };
  const sdk::Outcome outcome = co_await run(reconciliation, std::move(account), "fund", sink);
  const bool sound = outcome.verdict == sdk::Verdict::succeeded && funds.is_sound();
  reconciliation.funds = sound ? funds.to_json() : std::string("null");
  co_return outcome;
}

}  // namespace tollgate::reconciliation
