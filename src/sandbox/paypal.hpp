// PayPal's REST interface as the simulator plays it: tokens, orders, captures, refunds, webhooks.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/channel.hpp"
#include "sandbox/exchange.hpp"
#include "sandbox/paypal_error.hpp"
#include "sandbox/paypal_keys.hpp"
#include "sandbox/paypal_order.hpp"
#include "sandbox/paypal_report.hpp"

namespace tollgate::sandbox {

class Paypal final : public Channel {
 public:
  /// 25 retries in three days.
  static constexpr std::array<std::int64_t, 25> notice_gaps_s{
      10,     30,     60,     120,    300,    600,    900,    1'800,  3'600,
      3'600,  7'200,  7'200,  10'800, 10'800, 14'400, 14'400, 18'000, 18'000,
      18'000, 21'600, 21'600, 21'600, 21'600, 21'600, 21'380};
  static constexpr std::int64_t default_token_life_s = 32'400;
  static constexpr std::int64_t order_life_s = 3 * 3600;     ///< Until the buyer has agreed.
  static constexpr std::int64_t approved_life_s = 6 * 3600;  ///< From the creation to the capture.
  static constexpr std::int64_t request_id_life_s = 6 * 3600;
  static constexpr std::int64_t refund_request_id_life_s = 45 * 86'400;
  static constexpr std::int64_t refund_window_s = 180 * 86'400;  ///< From the capture.
  static constexpr std::size_t max_remembered = 100'000;         ///< Tokens, and request ids.

  /// Both must outlive it.
  Paypal(PaypalKeys& keys, Context& context);

  std::string_view name() const override { return "paypal"; }
  std::vector<std::string_view> prefixes() const override;
  std::vector<net::Route> routes() override;
  net::Response no_route(const net::Request& request, Errc why) override;
  std::vector<Merchant> merchants() const override;
  std::vector<std::string> accounts(std::string_view url) const override {
    return keys_.accounts(url);
  }

  Brand brand() const override;
  std::optional<Trade> scan(std::string_view text) override;
  /// The buyer agrees; a capture that is pending is settled.
  Change buyer_pays(const Trade& trade, const PayWish& wish) override;
  /// The buyer agrees with a card that the capture will find declined; a pending capture is denied.
  Change bank_declines(const Trade& trade) override;
  WayBack way_back(const Trade& trade, Departure departure) const override;
  /// SUCCESS is COMPLETED, CLOSED is FAILED; ABNORMAL stays PENDING.
  Change refund_ends(const Trade& trade, const std::string& out_refund_no,
                     const std::string& status) override;

  std::string notify_url(const Trade& trade) const override;
  std::string new_notice_id() const override;
  const NoticePolicy& notice_policy() const override;
  bool can_forge(Forgery forgery) const override;
  NoticeMessage notice(const Notice& notice, const Distortion& distortion) const override;
  /// A new certificate signs webhooks; the old ones are still served.
  Result<std::string> rotate(std::string_view mch_id, std::string_view mode) override;
  /// `webhook_url` (empty: none), `webhook_events` ("*" or names parted by commas),
  /// `token_lifetime` (seconds), `unique_invoice` ("on" or "off").
  Result<std::string> configure(std::string_view mch_id, std::string_view name,
                                std::string_view value) override;

 protected:
  Payment new_payment(std::int64_t amount, const std::string& payer) const override;

 private:
  struct Call;
  struct Answer;
  using Endpoint = Answer (Paypal::*)(const Call&);
  struct Switches {
    std::string webhook_url;
    std::set<std::string, std::less<>> events{"*"};
    std::int64_t token_life_s = default_token_life_s;
    bool unique_invoice = true;
  };
  struct Token {
    std::string client_id;
    TimeMs expires_at;
  };
  struct Done {
    std::string id;  ///< Of the order or the refund.
    std::string body;
    TimeMs until;
  };

  net::Route route(net::Method method, std::string pattern, std::string target, Endpoint endpoint);
  Outcome act(Endpoint endpoint, const net::Request& request, const std::optional<Fault>& fault);
  Outcome refused(const PaypalError& error, const std::string& mch_id) const;
  net::Response refuse(const net::Request& request, const Fault& fault) const;
  std::optional<PaypalError> header_problem(const net::Request& request) const;

  Outcome token(const net::Request& request, const std::optional<Fault>& fault);
  Outcome certificate(const net::Request& request) const;
  Outcome show_checkout(const net::Request& request) const;
  Answer create(const Call& call);
  Answer show_order(const Call& call);
  Answer capture(const Call& call);
  Answer show_capture(const Call& call);
  Answer refund(const Call& call);
  Answer show_refund(const Call& call);
  Answer verify(const Call& call);
  Answer webhooks(const Call& call);
  Answer report(const Call& call);

  std::optional<Trade> order_of(const Call& call) const;
  /// The trade whose capture the path names.
  std::optional<Trade> captured_of(const Call& call) const;
  std::optional<Trade> refunded_of(const Call& call, const std::string& refund_id) const;
  Answer capture_approved(const Call& call, const Trade& trade);
  std::optional<PaypalError> capture_problem(const Call& call, const Trade& trade);
  void tell(const Trade& trade, const Told& told) const;
  bool subscribed(const std::string& mch_id, const std::string& kind) const;
  std::string webhook_json(const PaypalApp& app) const;
  PaypalView view(const Call& call, const Trade& trade) const;

  std::optional<Done> done_before(const std::string& key);
  void remember(const std::string& key, Done done);

  PaypalKeys& keys_;
  Exchange exchange_;
  PaypalReports reports_;
  std::mutex one_at_a_time_;  // creating, capturing, refunding: a request id is acted on once
  mutable std::mutex mutex_;
  std::map<std::string, Switches, std::less<>> switches_;  // by merchant id
  std::map<std::string, Token, std::less<>> tokens_;
  std::map<std::string, Done, std::less<>> done_;             // by client, operation and request id
  std::set<std::string, std::less<>> declining_;              // order ids
  std::map<std::string, TradeKey, std::less<>> refunds_;      // by PayPal's refund id
  std::map<std::string, std::string, std::less<>> invoices_;  // captured: merchant/invoice → order
};

}  // namespace tollgate::sandbox
