// Whose webhooks an account believes: certificates that PayPal's API hands out, with a chain to a
// root that we know, made out to PayPal's name for this purpose.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/ca_store.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::paypal {

/// The intermediate and the root, in PEM, under which PayPal's certificates have stood so far.
std::string_view known_certificates();

/// Where certificates may be fetched from, and the names that they are made out to.
class CertPolicy {
 public:
  /// By the gateway: PayPal's sandbox, or live for all else. `further_origin` ("https://host:port")
  /// is allowed too; "" for none.
  CertPolicy(std::string_view gateway_origin, std::string further_origin);

  /// True for exactly https, one of PayPal's own hosts (or the further origin), PayPal's path for
  /// certificates and a plain last segment: no port, no user info, no query.
  bool allows(std::string_view url) const;
  std::span<const std::string_view> names(std::string_view url) const;

  static bool is_paypal(std::string_view gateway_origin);

 private:
  bool sandbox_;
  std::string further_origin_;
};

/// Thread-safe; shared by all callbacks of a channel.
class Trust {
 public:
  Trust(common::CaStore store, CertPolicy policy)
      : store_(std::move(store)), policy_(std::move(policy)) {}

  const CertPolicy& policy() const { return policy_; }

  enum class Known {
    key,        ///< `key` is PayPal's.
    no_chain,   ///< Fetched, but it leads to no root of ours: PayPal's API must be asked.
    refused,    ///< Fetched, and not PayPal's.
    not_there,  ///< To be fetched.
  };
  struct Found {
    Known known = Known::not_there;
    std::optional<common::PublicKey> key;
  };
  Found find(std::string_view url, std::int64_t now_ms) const;
  /// Takes in what a URL answered with 200.
  void install(std::string_view url, std::string_view pem, std::int64_t now_ms);

  /// Anybody can make us fetch certificates and ask the API about signatures, by webhooks that he
  /// invents: so many a minute and no more.
  bool claim_fetch(std::int64_t now_ms);
  bool claim_question(std::int64_t now_ms);

 private:
  struct Entry {
    common::Chain chain;
    std::optional<common::Certificate> certificate;
    std::int64_t checked_ms;
  };
  struct Window {
    std::int64_t from_ms = 0;
    int count = 0;
  };
  static bool claim(Window& window, int limit, std::int64_t now_ms);
  void make_room();

  const common::CaStore store_;
  const CertPolicy policy_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  Window fetches_, questions_;
};

}  // namespace tollgate::paypal
