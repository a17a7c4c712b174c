// A database of a test's own, with the whole schema.
#pragma once

#include <memory>

#include "db/database.hpp"
#include "db/migrate.hpp"
#include "support/temp_dir.hpp"

namespace tollgate::test {

/// Opens t.db of the folder; again after it was closed.
inline std::unique_ptr<db::Database> open_store(const TempDir& dir) {
  db::Options options;
  options.url = "sqlite:" + dir.file("t.db");
  auto opened = db::Database::open(options, [] {});
  db::migrate(*opened);
  return opened;
}

}  // namespace tollgate::test
