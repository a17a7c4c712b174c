// PayPal's side of Orders v2 and of webhooks for tests.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "authority.hpp"
#include "subject.hpp"

namespace tollgate::test {

/// Made once for all tests: making RSA keys is slow.
struct PaypalKeys {
  static constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
  static constexpr std::int64_t now_ms = 1'767'240'000'000;  ///< 2026-01-01T04:00:00Z
  static constexpr Life decade{now_ms - 3650 * day_ms, now_ms + 3650 * day_ms};
  static constexpr Life year{now_ms - 180 * day_ms, now_ms + 180 * day_ms};

  Authority root{{"", "", "", "Test Root"}, 1, decade};
  Authority intermediate{root, {"", "", "", "Test Intermediate"}, 2, decade};
  Authority other_root{{"", "", "", "Other Root"}, 3, decade};
  KeyPair signing, other;
  std::string leaf = certificate(intermediate, "messageverificationcerts.paypal.com", year);

  /// Of `signing`, made out to `common_name`.
  std::string certificate(const Authority& by, const std::string& common_name, Life life) const {
    return by.issue(signing, {"", "", "", common_name}, 4, life);
  }
  static const PaypalKeys& get();
};

class PaypalPeer final : public Peer {
 public:
  static constexpr std::int64_t now_ms = PaypalKeys::now_ms;

  // Peer
  std::string gateway() const override { return "https://api-m.paypal.com"; }
  std::string settings_json() const override;
  std::string receiver() const override { return merchant_id; }
  std::vector<sdk::OperationInput> wishes() const override;
  sdk::Response answer(const sdk::Request& request, std::int64_t now_ms) override;
  std::vector<Fault> proof_faults() const override { return {}; }
  sdk::CallbackInput notice(std::int64_t now_ms) override;
  sdk::CallbackInput forged_notice(std::int64_t now_ms) override;
  std::set<std::string> proof_headers() const override;

  // Finer tools
  static std::map<std::string, std::string> settings();
  static std::string to_json(const std::map<std::string, std::string>& settings);
  static sdk::OperationInput wish(sdk::OperationKind kind);
  /// An order object with `refunds`; `captures` is the text of the array's elements.
  std::string order(std::string_view status, std::string_view captures = "") const;
  std::string capture(std::string_view status) const;
  std::string refund(std::string_view status) const;
  static std::string event(std::string_view type, std::string_view resource);
  static sdk::CallbackInput signed_notice(std::string body, std::int64_t at_ms,
                                          const KeyPair& key = PaypalKeys::get().signing);
  static sdk::Response json(int status, std::string body);
  static sdk::Response error(int status, std::string_view name, std::string_view issue);

  static inline const std::string client_id =
      "AYSq3RDGsmBLJE-otTkBtM-jBRd1TCQwFf9RGfwddNXWz0uFU9zt";
  static inline const std::string client_secret =
      "EGnHDxD_qRPdaLdZz8iCr8N7_MzF-YHPTkjs6NKYQvQSBngp4PTT";
  static inline const std::string webhook_id = "40L71081MK3756722";
  static inline const std::string merchant_id = "QGVJ3S4WK2CXA";
  static inline const std::string pay_no = "7214983217463296001";
  static inline const std::string order_id = "5O190127TN364715T";
  static inline const std::string open_order_id = "2GG279541U471931P";
  static inline const std::string capture_id = "3C679366HH908993F";
  static inline const std::string refund_no = "7214983217463296009";
  static inline const std::string refund_id = "1JU08902781691411";
  static inline const std::string cert_url =
      "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-b0d12406";

  std::string token =
      "A21AAFEpH4PsADK7qSS7pSRsgzfENtu-Q1ysgEDVDESseMHBYXVJYE8ovjj68elIDy8nF26AwPhfXTIeWA";
  std::string order_status = "COMPLETED";
  std::string capture_status = "COMPLETED";
  std::string value = "12.34";
  std::string currency = "USD";
  std::string custom_id = pay_no;
  std::string payee = merchant_id;
  std::string refund_value = "5.00";
  std::string refund_custom_id = refund_no;
  std::string refund_payer = R"("payer":{"merchant_id":")" + merchant_id + R"("},)";
  std::string refund_capture = capture_id;
  std::string refunds = refund("COMPLETED");  ///< Of the order: the text of the array's elements.
  std::string certificate = PaypalKeys::get().leaf;
  std::map<std::string, int> asked;  ///< Requests by path.
  /// The lines of a report: transaction_info objects, told in whatever span they are asked for.
  std::vector<std::string> report{report_line("T0006", "12.34", "-0.72"),
                                  report_line("T1107", "-5.00", "")};
  std::string refreshed = "2026-01-01T02:59:59+0000";
  std::size_t page_rows = 500;
  static std::string report_line(std::string_view code, std::string_view amount,
                                 std::string_view fee);
  /// Answers instead of the honest ones, by path, one after the other.
  std::map<std::string, std::vector<sdk::Response>> instead;

 private:
  sdk::Response report_page(const std::string& path) const;
  sdk::Response api(const sdk::Request& request, const std::string& path);
};

std::unique_ptr<Peer> paypal_peer();

}  // namespace tollgate::test
