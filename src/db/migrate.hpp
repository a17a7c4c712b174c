// Migrations: numbered, forward only, part of the binary (sql/<engine>/NNNN_name.sql).
#pragma once

#include <span>
#include <string_view>

#include "db/database.hpp"

namespace tollgate::db {

struct Migration {
  int version;
  std::string_view name;
  std::string_view sql;
};

/// What the binary carries for SQLite, in order.
std::span<const Migration> migrations();

/// Applies what is missing, each in a transaction of its own. Answers how many were applied. Throws
/// DatabaseError when the file was written by a newer version.
std::size_t migrate(Database& database);

/// Throws DatabaseError when the database's schema is not this version's.
void require_current(Database& database);

}  // namespace tollgate::db
