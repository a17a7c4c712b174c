// Alipay's open platform as the simulator plays it: the gateway and its cashier.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/alipay_gateway.hpp"
#include "sandbox/alipay_keys.hpp"
#include "sandbox/alipay_message.hpp"
#include "sandbox/alipay_order.hpp"
#include "sandbox/bills.hpp"
#include "sandbox/channel.hpp"
#include "sandbox/exchange.hpp"

namespace tollgate::sandbox {

class Alipay final : public Channel {
 public:
  static constexpr std::array<std::int64_t, 7> notice_gaps_s{240,   600,    600,   3'600,
                                                             7'200, 21'600, 54'000};
  /// A paid trade can be taken back by a cancel for so long.
  static constexpr std::int64_t cancel_window_s = 86'400;

  /// Both must outlive it.
  Alipay(AlipayKeys& keys, Context& context);

  std::string_view name() const override { return "alipay"; }
  std::vector<std::string_view> prefixes() const override {
    return {"/gateway.do", "/downloadBillFile"};
  }
  std::vector<net::Route> routes() override;
  net::Response no_route(const net::Request& request, Errc why) override;
  std::vector<Merchant> merchants() const override;
  std::vector<std::string> accounts(std::string_view url) const override {
    return keys_.accounts(url);
  }

  Brand brand() const override;
  /// A QR text, a page's URL, an app's order string, or a handle.
  std::optional<Trade> scan(std::string_view text) override;
  WayBack way_back(const Trade& trade, Departure departure) const override;
  Change channel_closes(const Trade& trade) override;

  std::string new_notice_id() const override;
  const NoticePolicy& notice_policy() const override;
  bool can_forge(Forgery forgery) const override;
  Change refund_ends(const Trade& trade, const std::string& out_refund_no,
                     const std::string& status) override;
  NoticeMessage notice(const Notice& notice, const Distortion& distortion) const override;
  /// A new certificate of Alipay's; only for an app in certificate mode.
  Result<std::string> rotate(std::string_view mch_id, std::string_view mode) override;
  /// `charset`: "utf-8" or "GBK", what the merchant's notices are written in.
  Result<std::string> configure(std::string_view mch_id, std::string_view name,
                                std::string_view value) override;

 protected:
  Payment new_payment(std::int64_t amount, const std::string& payer) const override;

 private:
  /// What a method came to: the members of a good node, or an error.
  struct Reply {
    std::string members;
    std::optional<AlipayError> error;
  };
  using Service = Reply (Alipay::*)(const AlipayCall&, const std::optional<Fault>&);
  struct Operation {
    std::string_view method;
    std::string_view target;  ///< Of faults.
    Service service;          ///< nullptr for those that answer a browser.
  };
  static const std::array<Operation, 11> operations;
  static const Operation* operation(std::string_view method);

  Outcome act(net::Request& request, const std::optional<Fault>& fault);
  Outcome serve(const AlipayCall& call, const Operation& operation,
                const std::optional<Fault>& fault);
  Outcome show_cashier(const AlipayCall& call, const std::optional<Fault>& fault);
  net::Response refuse(const net::Request& request, const Fault& fault) const;

  struct Placed {
    std::optional<Trade> trade;
    std::optional<AlipayError> error;
  };
  Placed place(const AlipayCall& call);
  Trade new_trade(const AlipayCall& call, const AlipayOrder& order) const;
  /// The trade that the call names, where it exists for Alipay.
  Placed named_trade(const AlipayCall& call) const;

  Reply precreate(const AlipayCall& call, const std::optional<Fault>& fault);
  Reply query(const AlipayCall& call, const std::optional<Fault>& fault);
  Reply close(const AlipayCall& call, const std::optional<Fault>& fault);
  Reply cancel(const AlipayCall& call, const std::optional<Fault>& fault);
  Reply refund(const AlipayCall& call, const std::optional<Fault>& fault);
  Reply query_refund(const AlipayCall& call, const std::optional<Fault>& fault);
  Placed found_trade(const AlipayCall& call, const AlipayTradeName& wanted) const;
  Reply bill_link(const AlipayCall& call, const std::optional<Fault>& fault);
  Outcome bill_file(const net::Request& request) const;
  Reply download_certificate(const AlipayCall& call, const std::optional<Fault>& fault);
  AlipayVoice voice(const Trade& trade, const AlipaySignerPtr& signer) const;

  AlipayKeys& keys_;
  AlipayGateway gateway_;
  Exchange exchange_;
  Shelf shelf_;
  mutable std::mutex mutex_;
  std::map<std::string, bool, std::less<>> gbk_;  // by mch_id
};

}  // namespace tollgate::sandbox
