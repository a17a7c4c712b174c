#include "api/keys.hpp"

#include "base/crypto.hpp"

namespace tollgate::api {

void KeyRing::replace(std::vector<ApiKey> keys) {
  auto list = std::make_shared<const std::vector<ApiKey>>(std::move(keys));
  const std::lock_guard lock(mutex_);
  keys_ = std::move(list);
}

std::optional<Caller> KeyRing::identify(std::optional<std::string_view> authorization) const {
  constexpr std::string_view scheme = "bearer ";
  if (!authorization || authorization->size() <= scheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = (*authorization)[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != scheme[i]) return std::nullopt;
  }
  std::shared_ptr<const std::vector<ApiKey>> keys;
  {
    const std::lock_guard lock(mutex_);
    keys = keys_;
  }
  const std::string hash = hex_lower(sha256(authorization->substr(scheme.size())));
  std::optional<Caller> found;
  for (const auto& key : *keys)  // all of them, so that the time tells nothing
    if (equal_constant_time(key.sha256_hex, hash)) found = Caller{key.name, key.role};
  return found;
}

}  // namespace tollgate::api
