// API keys: known by their SHA-256 alone.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/context.hpp"

namespace tollgate::api {

struct ApiKey {
  std::string name;
  Role role = Role::merchant;
  std::string sha256_hex;  ///< Lower case.
};

/// Swapped as a whole by a reload. Thread-safe.
class KeyRing {
 public:
  void replace(std::vector<ApiKey> keys);
  /// The caller behind `Authorization: Bearer <key>`; nothing where it is absent or unknown.
  std::optional<Caller> identify(std::optional<std::string_view> authorization) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const std::vector<ApiKey>> keys_ = std::make_shared<std::vector<ApiKey>>();
};

}  // namespace tollgate::api
