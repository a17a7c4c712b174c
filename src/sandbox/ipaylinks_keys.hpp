// The merchants of the simulated iPayLinks and their shared keys, kept in a folder.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"

namespace tollgate::sandbox {

struct IpaylinksMerchant {
  std::string account_id;  ///< Of the ready-made Tollgate account.
  int generation = 1;
  std::string id;    ///< partnerId, or merchantId of the second generation.
  std::string site;  ///< siteId, or carrierId.
  std::string shop;
  std::string pkey;  ///< The shared MD5 key.
};

/// Immutable.
class IpaylinksKeys {
 public:
  /// Reads `dir`/ipaylinks, making what is missing. Throws std::runtime_error or a filesystem
  /// error.
  IpaylinksKeys(const std::filesystem::path& dir, Random& random);

  const std::vector<IpaylinksMerchant>& merchants() const { return merchants_; }
  /// nullptr where there is none of that generation.
  const IpaylinksMerchant* merchant(std::string_view id, int generation) const;
  const IpaylinksMerchant& merchant(std::string_view id) const;
  std::vector<std::string> accounts(std::string_view url) const;

 private:
  std::vector<IpaylinksMerchant> merchants_;
};

}  // namespace tollgate::sandbox
