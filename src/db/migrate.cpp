#include "db/migrate.hpp"

#include <string>

#include "base/fault.hpp"

namespace tollgate::db {
namespace {

const Sql highest{"SELECT COALESCE(MAX(version), 0) FROM schema_migrations"};

}  // namespace

std::size_t migrate(Database& database) {
  database.run_script(
      "CREATE TABLE IF NOT EXISTS schema_migrations "
      "(version INTEGER PRIMARY KEY, name TEXT NOT NULL)");
  const auto applied =
      database.write_blocking([](Tx& tx) { return tx.value<std::int64_t>(highest).value_or(0); });
  const auto all = migrations();
  if (!all.empty() && applied > all.back().version)
    throw DatabaseError("the database has schema version " + std::to_string(applied) +
                        ", this server knows up to " + std::to_string(all.back().version));
  std::size_t count = 0;
  for (const auto& migration : all) {
    if (migration.version <= applied) continue;
    const std::string name(migration.name);
    fault::point("db.before_migration");
    try {
      database.run_script("BEGIN IMMEDIATE;\n" + std::string(migration.sql) +
                          "\nINSERT INTO schema_migrations (version, name) VALUES (" +
                          std::to_string(migration.version) + ", '" + name + "');\nCOMMIT;");
    } catch (const DatabaseError& e) {
      throw DatabaseError("migration " + name + ": " + e.what());
    }
    fault::point("db.after_migration");
    ++count;
  }
  return count;
}

void require_current(Database& database) {
  const auto has =
      database.read_blocking([](Tx& tx) { return tx.value<std::int64_t>(highest).value_or(0); });
  const auto wants = migrations().back().version;
  if (has != wants)
    throw DatabaseError("the database has schema version " + std::to_string(has) +
                        ", this program works with " + std::to_string(wants));
}

}  // namespace tollgate::db
