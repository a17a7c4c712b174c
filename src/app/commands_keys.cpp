#include <iostream>

#include "app/commands.hpp"
#include "base/crypto.hpp"

namespace tollgate::app {

int hash_key(std::istream& in, std::ostream& out, std::ostream& errors) {
  std::string key;
  std::getline(in, key);
  if (key.ends_with('\r')) key.pop_back();
  if (key.empty()) {
    errors << "hash-key: the key is expected as one line on standard input\n";
    return 1;
  }
  out << hex_lower(sha256(key)) << '\n';
  return 0;
}

int hash_key() {
  return hash_key(std::cin, std::cout, std::cerr);
}

}  // namespace tollgate::app
