#include "journal/canonical.hpp"

#include "base/crypto.hpp"

namespace tollgate::journal {

const std::string no_hash(64, '0');

std::string Canonical::hash() const {
  return hex_lower(sha256(text_));
}

}  // namespace tollgate::journal
