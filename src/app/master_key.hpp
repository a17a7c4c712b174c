// The key that tokens and webhook secrets are made from: a 0600 file beside the database.
#pragma once

#include <string>

#include "base/random.hpp"
#include "base/secret.hpp"

namespace tollgate::app {

/// 32 bytes from `<database file>.key`, made on the first start. Throws std::runtime_error when it
/// cannot be read, is not 64 hexadecimal digits, or is missing while the database exists (restore
/// it: with another key all webhook secrets and cashier links are wrong).
Secret<std::string> load_master_key(const std::string& database_file, Random& random);

/// A key for one purpose, independent of those for others.
Secret<std::string> derive_key(const Secret<std::string>& master, const std::string& purpose);

}  // namespace tollgate::app
