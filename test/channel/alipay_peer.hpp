// Alipay's side of its gateway for tests.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "authority.hpp"
#include "crypto.hpp"
#include "subject.hpp"

namespace tollgate::test {

/// Made once for all tests: making RSA keys is slow.
struct AlipayKeys {
  KeyPair app, alipay, renewed, other;
  static const AlipayKeys& get();
};

/// A root, and below it who vouches for apps and who vouches for Alipay.
struct AlipayAuthorities {
  Authority root, apps, alipay, stranger;
  static const AlipayAuthorities& get();
};

using Fields = std::map<std::string, std::string>;

class AlipayPeer final : public Peer {
 public:
  static constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
  static constexpr std::int64_t now_ms = 1'767'240'000'000;  ///< 2026-01-01 12:00:00 at Beijing

  explicit AlipayPeer(bool by_certificates);

  // Peer
  std::string gateway() const override { return "https://openapi.alipay.com/gateway.do"; }
  std::string settings_json() const override;
  std::string receiver() const override { return seller_id + "/" + app_id; }
  std::vector<sdk::OperationInput> wishes() const override;
  sdk::Response answer(const sdk::Request& request, std::int64_t now_ms) override;
  std::vector<Fault> proof_faults() const override;
  sdk::CallbackInput notice(std::int64_t now_ms) override;
  bool proves(const sdk::Request& request) const override;
  sdk::CallbackInput forged_notice(std::int64_t now_ms) override;
  std::set<std::string> proof_headers() const override { return {}; }
  bool same_notice(const sdk::CallbackInput& a, const sdk::CallbackInput& b) const override;

  // Finer tools
  std::map<std::string, std::string> settings() const;
  static std::string to_json(const std::map<std::string, std::string>& settings);
  sdk::OperationInput wish(sdk::OperationKind kind, std::string method = "qr") const;
  /// The fields of a request, after checking it as the gateway would: a wrong one throws.
  Fields checked(const sdk::Request& request, std::int64_t at_ms) const;
  /// Throws where the signature over the fields is not the app's.
  static void check_signature(Fields fields);
  /// {"<node of method>":node,…,"sign":…}; `signed_node` is what the signature is over, "" = node.
  sdk::Response signed_answer(std::string_view method, const std::string& node,
                              const std::string& signed_node = "") const;
  /// The same without signature.
  static sdk::Response unsigned_answer(std::string_view method, const std::string& node);
  /// The node of a refusal.
  static std::string refusal(std::string_view code, std::string_view sub_code);
  /// The node of an answer to a query.
  static std::string trade(std::string_view state);
  /// The fields of a notice but for the signature.
  static Fields notice_fields();
  sdk::CallbackInput signed_notice(Fields fields,
                                   const KeyPair& key = AlipayKeys::get().alipay) const;
  /// As a browser's or Java's form encoder writes it.
  static std::string encoded(const Fields& fields);
  static Fields decoded(std::string_view form);
  /// Signs with a certificate that the account was not told of.
  void renew();

  static inline const std::string app_id = "2021000000000001";
  static inline const std::string seller_id = "2088000000000001";
  static inline const std::string pay_no = "7214983217463296001";
  static inline const std::string unopened_no = "7214983217463296002";  ///< No trade of it exists.

  bool by_certificates;
  std::string alipay_cert, alipay_cert_sn;  ///< What answers are signed by in certificate mode.
  std::string download;                     ///< What a download gives; "" = alipay_cert.
  int downloads = 0;
  std::string bill = published_bill();  ///< The table of trades, in UTF-8.
  std::string archive;                  ///< Instead of a sound one.
  std::string bill_error;               ///< sub_code instead of an address.
  std::string bill_url = "http://dwbillcenter.alipay.com/downloadBillFile.resource?token=abc";
  static std::string published_bill();
  /// The two tables of a day, packed as Alipay packs them.
  static std::string packed(const std::string& bill);
  std::string cancel_action = "close", cancel_retry = "N";

 private:
  std::string node_of(const std::string& method, const std::string& number) const;
  const KeyPair* key_ = &AlipayKeys::get().alipay;
};

std::unique_ptr<Peer> alipay_by_key();
std::unique_ptr<Peer> alipay_by_certificates();

}  // namespace tollgate::test
