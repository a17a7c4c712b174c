// Certificate authorities for tests, over OpenSSL alone. Every failure throws.
#pragma once

#include <cstdint>
#include <string>

#include "crypto.hpp"

namespace tollgate::test {

/// The names in a certificate, encoded in this order.
struct Names {
  std::string country, organisation, unit, common;

  /// "CN=…,OU=…,O=…,C=…"
  std::string backwards() const;
};

struct Life {
  std::int64_t from_ms, to_ms;
};

class Authority {
 public:
  /// A root.
  Authority(Names names, std::int64_t serial, Life life);
  /// One that `parent` vouches for.
  Authority(const Authority& parent, Names names, std::int64_t serial, Life life);

  const std::string& pem() const { return pem_; }
  const Names& names() const { return names_; }
  /// A certificate, PEM, for a key that may not vouch for others.
  std::string issue(const KeyPair& subject, const Names& names, std::int64_t serial,
                    Life life) const;

 private:
  KeyPair key_;
  Names names_;
  std::string pem_;
};

}  // namespace tollgate::test
