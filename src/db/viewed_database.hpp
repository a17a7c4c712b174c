// A file that belongs to a server, read beside it.
#pragma once

#include <string>

#include "db/session.hpp"
#include "db/units.hpp"

namespace tollgate::db {

/// Blocking reads alone (Database::view); all else throws DatabaseError. Belongs to one thread.
class ViewedDatabase final : public Database {
 public:
  /// Throws DatabaseError where there is no such file.
  explicit ViewedDatabase(const std::string& path);

  void run_script(std::string_view sql) override;
  void stop() override {}
  bool healthy() const override { return !reader_.broken(); }
  std::size_t waiting() const override { return 0; }

 protected:
  std::exception_ptr enqueue(Unit&& unit, bool write) override;
  void run_blocking(std::function<bool(Tx&)> run, bool write) override;

 private:
  Session session_;
  GroupWriter reader_;
};

}  // namespace tollgate::db
