// What must be true when the dust has settled. The channel's ledger is the truth about money, the
// receivers' memories about webhooks, the merchants' about answers.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/money_health.hpp"
#include "sandbox/ledger.hpp"
#include "simulate/bookkeeper.hpp"
#include "simulate/books.hpp"
#include "simulate/receivers.hpp"

namespace tollgate::simulate {

/// Everything that the oracles look at, as it was at the end.
struct Evidence {
  Books books;
  std::vector<sandbox::Trade> trades;
  std::set<std::string> lied_about;  ///< Trades that the channel told a wrong amount of.
  std::set<std::pair<std::string, std::string>> acknowledged;  ///< Notices: account, id.
  std::set<std::string> believed;  ///< Forged ones that were acknowledged.
  std::vector<Endpoint> endpoints;
  std::map<std::string, std::string> told;  ///< Final states that the API has told, by order.
  std::vector<std::string> made;            ///< Orders that were acknowledged.
  std::vector<std::string> leaks;           ///< Where secrets were found.
  std::string broken_journal;               ///< What the audit found; empty: it holds.
  std::int64_t unsealed_events = 0;
  journal::Balances balances;                        ///< As the audit counted them.
  std::map<std::string, std::int64_t> refunds_made;  ///< Amounts that were acknowledged, by id.
  std::map<std::string, std::string> refunds_told;   ///< How they ended, as the API told.
  bool holds_late = false;                           ///< What configuration wants done with it.
  std::int64_t fee_per_10000 = 0;                    ///< What the channel keeps.
  std::vector<Plant> plants;
  std::vector<std::string> days_left_out;
  app::UnexplainedCounts unexplained{};
};

using Failures = std::vector<std::string>;

/// O1, O2, O5: our money is the ledger's; what an order cannot take is on record.
void check_money(const Evidence& evidence, Failures& failures);
/// O3, P8: what was acknowledged is on record, what was forged was not believed.
void check_notices(const Evidence& evidence, Failures& failures);
/// O4: every change of state has its event, every event reached every subscriber or is dead.
void check_events(const Evidence& evidence, Failures& failures);
void check_deliveries(const Evidence& evidence, Failures& failures);
/// P6, and what the API has told stays true.
void check_orders(const Evidence& evidence, Failures& failures);
/// Neither oversold nor leaked.
void check_stock(const Evidence& evidence, Failures& failures);
/// O8: nothing is left to do, nothing is stuck.
void check_idle(const Evidence& evidence, Failures& failures);
/// O9: the journal's chain holds and bears out every row of money; every event is sealed.
void check_journal(const Evidence& evidence, Failures& failures);
/// O6: each refund is the channel's, once; what came late went where configuration wants it.
void check_refunds(const Evidence& evidence, Failures& failures);
/// O9, attempt by attempt: what the journal moved is what the channel moved, fees included.
void check_postings(const Evidence& evidence, Failures& failures);
/// O10: every day was reconciled, every fault of a bill was found, and nothing is left open or
/// unexplained but what the channel itself lied about.
void check_bills(const Evidence& evidence, Failures& failures);
/// O7: no secret in a row or a log line.
void check_secrets(const Evidence& evidence, Failures& failures);

Failures check_all(const Evidence& evidence);

}  // namespace tollgate::simulate
