#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "app/audit.hpp"
#include "app/commands.hpp"
#include "base/money.hpp"
#include "db/migrate.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t least_digits = 12;  // of a head that was noted
constexpr std::size_t most_digits = 64;
constexpr int not_checked = 2;

/// A ledger, and whether its balance grows with credits.
struct Column {
  std::string_view ledger;
  bool credit;
};
constexpr std::array columns{
    Column{journal::ledger::orders, true}, Column{journal::ledger::held, true},
    Column{journal::ledger::refunds, false}, Column{journal::ledger::fees, false},
    Column{journal::ledger::channel, false}};

using Line = std::vector<std::string>;

std::string figure(std::int64_t amount, const std::string& currency) {
  const auto known = Currency::parse(currency);
  return known ? Money(amount, *known).to_decimal() : std::to_string(amount);
}

Line line_of(const journal::Purse& purse, const journal::Ledgers& ledgers) {
  Line line{purse.first, purse.second};
  for (const auto& column : columns) {
    const std::int64_t balance = journal::balance_of(ledgers, column.ledger);
    line.push_back(figure(column.credit ? -balance : balance, purse.second));
  }
  return line;
}

void print_table(const std::vector<Line>& lines, std::ostream& out) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  for (const auto& line : lines) {
    std::ostringstream text;
    for (std::size_t i = 0; i < line.size(); ++i)
      text << (i == 0 ? "" : "  ") << (i < 2 ? std::left : std::right)
           << std::setw(static_cast<int>(widths[i])) << line[i];
    out << text.str() << '\n';
  }
}

void print_balances(const journal::Balances& balances, std::ostream& out) {
  if (balances.empty()) return;
  std::vector<Line> lines{{"account", "currency"}};
  for (const auto& column : columns) lines.front().emplace_back(column.ledger);
  for (const auto& [purse, ledgers] : balances) lines.push_back(line_of(purse, ledgers));
  print_table(lines, out);
  out << '\n';
}

bool is_head(const std::string& text) {
  return text.size() >= least_digits && text.size() <= most_digits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

void print(const AuditReport& report, std::ostream& out) {
  if (!report.postings.broken) print_balances(report.postings.balances, out);
  if (const auto& broken = report.broken) {
    out << "BROKEN " << broken->row << "\n  expected  " << broken->expected << "\n  found     "
        << broken->found << '\n';
    return;
  }
  const auto& seals = report.seals;
  out << report.postings.count << " postings, " << seals.events << " events in " << seals.last.id
      << " seals: the chain holds\n";
  if (report.unsealed_events > 0)
    out << report.unsealed_events << " events wait for the next seal\n";
  if (seals.noted_at) out << "the head that was noted is that of seal " << *seals.noted_at << '\n';
  if (seals.last.id > 0) out << "head " << seals.last.hash << '\n';
}

int verify_audit(const std::string& config_file, const std::string& noted) {
  if (!noted.empty() && !is_head(noted)) {
    std::cerr << "audit verify: a head is 12 to 64 hexadecimal digits, as printed\n";
    return not_checked;
  }
  const auto config = load_config(config_file);
  if (!config) {
    print_problems(config_file, config.error().list, std::cerr);
    return not_checked;
  }
  try {
    const auto database = db::Database::view(config->database_url);
    db::require_current(*database);
    const AuditReport report = audit(*database, noted);
    print(report, std::cout);
    return report.broken ? 1 : 0;
  } catch (const std::exception& e) {
    std::cerr << "tollgate: " << e.what() << '\n';
  }
  return not_checked;
}

}  // namespace tollgate::app
