// The keys of the simulated Alipay and of the apps that call it, kept in a folder.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "sandbox/authority.hpp"
#include "sandbox/crypto.hpp"

namespace tollgate::sandbox {

struct AlipayApp {
  std::string account_id;  ///< Of the ready-made Tollgate account.
  std::string app_id;
  std::string seller_id;  ///< The merchant's number, 2088….
  std::string shop;
  bool by_certificate = false;
  PKey key;  ///< The app's own.
  std::filesystem::path key_file;
  std::filesystem::path cert_file;  ///< Of the app's certificate, in certificate mode.
  std::string cert_sn;
};

/// What Alipay signs with: its bare key, or one with a certificate.
struct AlipaySigner {
  PKey key;
  std::string cert;     ///< PEM; empty for the bare key.
  std::string cert_sn;  ///< Likewise.
};
using AlipaySignerPtr = std::shared_ptr<const AlipaySigner>;

/// Thread-safe.
class AlipayKeys {
 public:
  static constexpr std::size_t max_certificates = 50;

  /// Reads `dir`/alipay, making what is missing. Throws std::runtime_error or a filesystem error.
  AlipayKeys(const std::filesystem::path& dir, const Clock& clock, Random& random);

  const std::vector<AlipayApp>& apps() const { return apps_; }
  /// nullptr where there is none.
  const AlipayApp* app(std::string_view app_id) const;
  const AlipayApp* app_of_seller(std::string_view seller_id) const;
  /// What answers and notices to the app are signed with.
  AlipaySignerPtr signer(const AlipayApp& app) const;
  /// By its number; nullptr where there is none.
  AlipaySignerPtr certificate(std::string_view cert_sn) const;
  const std::string& root_cert_sn() const { return root_cert_sn_; }
  /// A key of nobody, for forgeries.
  PKey strangers_key() const;

  /// Signs from now on with a new certificate of Alipay's. Error: invalid_request (too many).
  Result<AlipaySignerPtr> rotate();

  std::vector<std::string> accounts(std::string_view gateway) const;

 private:
  AlipayApp load_app(AlipayApp app, const std::string& prefix);
  void load_roots();
  AlipaySignerPtr load_certificate(std::size_t number);

  const std::filesystem::path dir_;
  const Clock& clock_;
  Random& random_;
  Issuer root_;
  std::string root_cert_sn_;
  std::vector<AlipayApp> apps_;
  AlipaySignerPtr bare_;
  mutable std::once_flag strangers_key_made_;
  mutable PKey strangers_key_;
  mutable std::mutex mutex_;
  std::vector<AlipaySignerPtr> certificates_;  // oldest first
};

}  // namespace tollgate::sandbox
