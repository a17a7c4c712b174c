// The certificate authority of the simulated PayPal and the apps that call it, kept in a folder.
#pragma once

#include <filesystem>
#include <functional>
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

struct PaypalApp {
  std::string account_id;   ///< Of the ready-made Tollgate account.
  std::string merchant_id;  ///< The payee, 13 characters.
  std::string client_id;
  std::string client_secret;
  std::string webhook_id;  ///< 17 characters; of the app's one webhook.
  std::string email;
  std::string shop;
};

/// What webhooks are signed with.
struct PaypalSigner {
  PKey key;
  std::string cert;     ///< PEM of the leaf alone, as PayPal serves it.
  std::string cert_id;  ///< CERT-….
};
using PaypalSignerPtr = std::shared_ptr<const PaypalSigner>;

/// Thread-safe.
class PaypalKeys {
 public:
  static constexpr std::size_t max_certificates = 50;
  static constexpr std::string_view common_name = "messageverificationcerts.paypal.com";

  /// Reads `dir`/paypal, making what is missing. Throws std::runtime_error or a filesystem error.
  PaypalKeys(const std::filesystem::path& dir, const Clock& clock, Random& random);

  const std::vector<PaypalApp>& apps() const { return apps_; }
  /// nullptr where there is none.
  const PaypalApp* app(std::string_view client_id) const;
  const PaypalApp* app_of_merchant(std::string_view merchant_id) const;

  PaypalSignerPtr signer() const;
  /// By its id; the stranger's, too. nullptr where there is none.
  PaypalSignerPtr certificate(std::string_view cert_id) const;
  /// The right name, but vouched for by nobody.
  PaypalSignerPtr stranger() const;
  /// Error: invalid_request (too many).
  Result<PaypalSignerPtr> rotate();

  /// `url` is where the simulator is reached.
  std::vector<std::string> accounts(std::string_view url) const;

 private:
  PaypalApp load_app(PaypalApp app, const std::string& prefix);
  PaypalSignerPtr load_certificate(std::size_t number);
  CertificateWish leaf_wish() const;

  const std::filesystem::path dir_;
  const Clock& clock_;
  Random& random_;
  Issuer authority_;
  std::vector<PaypalApp> apps_;
  mutable std::once_flag stranger_made_;
  mutable PaypalSignerPtr stranger_;
  mutable std::mutex mutex_;
  std::vector<PaypalSignerPtr> certificates_;  // oldest first
};

}  // namespace tollgate::sandbox
