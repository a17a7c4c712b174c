// Rows that must be there.
#pragma once

#include <optional>
#include <utility>

#include "base/error.hpp"

namespace tollgate::db {

/// Within a unit of work: what the books cannot lack. Throws std::logic_error where they do, which
/// undoes the unit.
template <class T>
T must_have(std::optional<T> row) {
  TOLLGATE_RULE(row.has_value());
  return *std::move(row);
}

}  // namespace tollgate::db
