#include "db/database.hpp"

#include <future>

namespace tollgate::db {

void Database::run_blocking(std::function<bool(Tx&)> run, bool write) {
  std::promise<void> promise;
  auto done = promise.get_future();
  Unit unit;
  unit.run = std::move(run);
  unit.done = [&promise](std::exception_ptr error) {
    if (error)
      promise.set_exception(error);
    else
      promise.set_value();
  };
  if (const auto refused = enqueue(std::move(unit), write)) std::rethrow_exception(refused);
  done.get();
}

}  // namespace tollgate::db
