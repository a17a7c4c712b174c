// iPayLinks as far as its public traces tell: the hosted page of the first generation, and the
// second generation's one endpoint.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/channel.hpp"
#include "sandbox/exchange.hpp"
#include "sandbox/ipaylinks_keys.hpp"
#include "sandbox/ipaylinks_message.hpp"

namespace tollgate::sandbox {

class Ipaylinks final : public Channel {
 public:
  /// Nobody outside knows the real ones.
  static constexpr std::array<std::int64_t, 8> notice_gaps_s{60,    300,   600,    1'800,
                                                             3'600, 7'200, 21'600, 43'200};
  static constexpr std::int64_t default_life_s = 86'400;

  /// Both must outlive it.
  Ipaylinks(const IpaylinksKeys& keys, Context& context);

  std::string_view name() const override { return "ipaylinks"; }
  std::vector<std::string_view> prefixes() const override { return {"/webgate/", "/mapi/"}; }
  std::vector<net::Route> routes() override;
  net::Response no_route(const net::Request& request, Errc why) override;
  std::vector<Merchant> merchants() const override;
  std::vector<std::string> accounts(std::string_view url) const override {
    return keys_.accounts(url);
  }

  Brand brand() const override;
  /// The card is refused for good.
  Change bank_declines(const Trade& trade) override;
  WayBack way_back(const Trade& trade, Departure departure) const override;
  /// SUCCESS and CLOSED (failed) end it; ABNORMAL waits for a review.
  Change refund_ends(const Trade& trade, const std::string& out_refund_no,
                     const std::string& status) override;

  std::string notify_url(const Trade& trade) const override;
  std::string new_notice_id() const override;
  const NoticePolicy& notice_policy() const override;
  bool can_forge(Forgery forgery) const override;
  NoticeMessage notice(const Notice& notice, const Distortion& distortion) const override;
  /// A shared key is not rotated: always an error.
  Result<std::string> rotate(std::string_view mch_id, std::string_view mode) override;
  /// `key_tail`: "&pkey=", "&key=" or empty, how the key goes to the text that is signed.
  /// `notice_format`: "form" or "json". `notify_url`: where a sale that names none is told.
  Result<std::string> configure(std::string_view mch_id, std::string_view name,
                                std::string_view value) override;

 protected:
  Payment new_payment(std::int64_t amount, const std::string& payer) const override;

 private:
  struct Switches {
    IpaylinksTail tail;
    bool json_notices = false;
    std::string notify_url;
  };
  Switches switches(std::string_view mch_id) const;

  Outcome open_page(const net::Request& request, const std::optional<Fault>& fault);
  Outcome call(const net::Request& request, const std::optional<Fault>& fault);
  Outcome query(const Fields& fields, const IpaylinksMerchant& merchant,
                const std::optional<Fault>& fault) const;
  Outcome refund(const Fields& fields, const IpaylinksMerchant& merchant,
                 const std::optional<Fault>& fault);
  /// How a transaction that is none of the merchant's stands: without a status.
  net::Response nothing_found(std::string_view number, const IpaylinksMerchant& merchant,
                              const std::optional<Fault>& fault) const;
  /// To the checkout, or why not.
  Outcome place(const Fields& fields, const IpaylinksMerchant& merchant,
                const std::optional<Fault>& fault);
  Trade new_trade(const Fields& fields, const IpaylinksMerchant& merchant,
                  std::int64_t minor) const;
  /// Empty where the signature holds.
  std::string signature_problem(const Fields& fields, const IpaylinksMerchant& merchant) const;
  net::Response signed_answer(Fields fields, const IpaylinksMerchant& merchant,
                              const std::optional<Fault>& fault) const;
  net::Response refuse(const net::Request& request, const Fault& fault) const;

  const IpaylinksKeys& keys_;
  Exchange exchange_;
  mutable std::mutex mutex_;
  std::map<std::string, Switches, std::less<>> switches_;  // by mch_id
};

}  // namespace tollgate::sandbox
