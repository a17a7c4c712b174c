// Certificate authorities for tests, over OpenSSL alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto.hpp"

namespace tollgate::test {

class Authority {
 public:
  struct Life {
    std::int64_t from_ms, to_ms;
  };

  /// Signed by itself.
  Authority(std::string name, Life life);
  /// Signed by `parent`.
  Authority(std::string name, Life life, const Authority& parent);

  const std::string& pem() const { return pem_; }
  /// A certificate for TLS servers, of `key`, made out to `common_name`.
  std::string issue(std::string_view common_name, const KeyPair& key, Life life) const;

 private:
  std::string name_;
  KeyPair key_;
  std::string pem_;
};

}  // namespace tollgate::test
