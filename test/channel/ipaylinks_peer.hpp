// iPayLinks' side of both generations for tests, from the description of its rules.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "subject.hpp"

namespace tollgate::test {

class IpaylinksPeer final : public Peer {
 public:
  static constexpr std::int64_t now_ms = 1'767'240'000'000;  ///< 2026-01-01T12:00:00+08:00
  using Fields = std::map<std::string, std::string>;

  explicit IpaylinksPeer(int of_generation) : generation(of_generation) {}

  // Peer
  std::string gateway() const override { return "https://gateway.example.com"; }
  std::string settings_json() const override { return to_json(settings()); }
  std::string receiver() const override { return merchant_id; }
  std::vector<sdk::OperationInput> wishes() const override;
  sdk::Response answer(const sdk::Request& request, std::int64_t now_ms) override;
  std::vector<Fault> proof_faults() const override;
  sdk::CallbackInput notice(std::int64_t now_ms) override;
  sdk::CallbackInput forged_notice(std::int64_t now_ms) override;
  std::set<std::string> proof_headers() const override { return {}; }

  // Finer tools
  Fields settings() const;
  static std::string to_json(const Fields& fields);
  sdk::OperationInput wish(sdk::OperationKind kind) const;
  /// A message about the trade, as it stands in an answer or a notice; not signed yet.
  Fields trade() const;
  /// The same about the refund.
  Fields refund() const;
  Fields with_signature(Fields fields, const std::string& key = secret) const;
  static std::string form(const Fields& fields);
  sdk::CallbackInput posted(const Fields& fields) const;
  sdk::Response answered(const Fields& fields) const;
  std::string seal() const;

  static inline const std::string merchant_id = "10000000001";
  static inline const std::string secret = "TESTKEY123";
  static inline const std::string pay_no = "7214983217463296001";
  static inline const std::string closing_no = "7214983217463296002";
  static inline const std::string refund_no = "7214983217463296009";
  static inline const std::string refund_trade_no = "1030000000000000001";
  static inline const std::string trade_no = "1020000000000000001";

  int generation;
  std::string status = "success";
  std::string refund_status = "success";
  Fields settings_beside;
};

std::unique_ptr<Peer> ipaylinks_webgate();
std::unique_ptr<Peer> ipaylinks_mapi();

}  // namespace tollgate::test
