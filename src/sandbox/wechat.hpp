// WeChat Pay v3 as the simulator plays it, at the channel's own paths.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/bills.hpp"
#include "sandbox/channel.hpp"
#include "sandbox/context.hpp"
#include "sandbox/exchange.hpp"
#include "sandbox/wechat_auth.hpp"
#include "sandbox/wechat_keys.hpp"
#include "sandbox/wechat_oauth.hpp"
#include "sandbox/wechat_order.hpp"

namespace tollgate::sandbox {

class Wechat final : public Channel {
 public:
  /// Longest and shortest time to pay; WeChat Pay quietly moves time_expire between them.
  static constexpr std::int64_t min_life_s = 60;
  static constexpr std::int64_t max_life_s = 90 * 86'400;
  static constexpr std::int64_t default_life_s = 7 * 86'400;
  static constexpr std::array<std::int64_t, 15> notice_gaps_s{
      15,    15,    30,     180,    600,    1'200,  1'800, 1'800,
      1'800, 3'600, 10'800, 10'800, 10'800, 21'600, 21'600};

  /// Both must outlive it.
  Wechat(WechatKeys& keys, Context& context);

  std::string_view name() const override { return "wechat"; }
  std::vector<std::string_view> prefixes() const override {
    return {"/v3/", "/connect/oauth2/", "/sns/oauth2/"};
  }
  std::vector<net::Route> routes() override;
  net::Response no_route(const net::Request& request, Errc why) override;
  std::vector<Merchant> merchants() const override;
  std::vector<std::string> accounts(std::string_view url) const override {
    return keys_.accounts(url);
  }
  Brand brand() const override { return {.title = "微信支付 · WeChat Pay"}; }
  std::string new_notice_id() const override;
  const NoticePolicy& notice_policy() const override;
  bool can_forge(Forgery forgery) const override;
  NoticeMessage notice(const Notice& notice, const Distortion& distortion) const override;
  /// `mode` is "public_key", "certificate", or empty for a new certificate.
  Result<std::string> rotate(std::string_view mch_id, std::string_view mode) override;
  Change refund_ends(const Trade& trade, const std::string& out_refund_no,
                     const std::string& status) override;

 protected:
  Payment new_payment(std::int64_t amount, const std::string& payer) const override;

 private:
  struct Call;
  struct Answer;
  using Endpoint = Answer (Wechat::*)(const Call&);

  net::Route route(net::Method method, std::string pattern, std::string target, Endpoint endpoint);
  Outcome act(Endpoint endpoint, net::Request& request, const std::optional<Fault>& fault);
  net::Response answer_to(const net::Request& request, const std::string& mch_id,
                          const Answer& answer, const std::optional<Fault>& fault) const;
  net::Response bare_answer(int status, std::string body) const;
  net::Response refuse(const Fault& fault) const;

  Answer place(const Call& call);
  Answer query_number(const Call& call);
  Answer query_transaction(const Call& call);
  Answer close(const Call& call);
  Answer certificates(const Call& call);
  Answer refund(const Call& call);
  Answer query_refund(const Call& call);
  Answer trade_bill(const Call& call);
  Answer fund_bill(const Call& call);
  Answer bill_link(const Call& call, TimeMs day, std::string content);
  Outcome bill_file(const net::Request& request);
  Answer tell(const Call& call, const std::optional<Trade>& trade) const;
  Trade new_trade(WechatMethod method, const WechatOrder& order) const;

  WechatKeys& keys_;
  WechatAuth auth_;
  Exchange exchange_;
  WechatOauth oauth_;
  Shelf shelf_;
};

}  // namespace tollgate::sandbox
