// WeChat Pay v3 as the simulator plays it, at the channel's own paths.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/channel.hpp"
#include "sandbox/context.hpp"
#include "sandbox/wechat_auth.hpp"
#include "sandbox/wechat_keys.hpp"
#include "sandbox/wechat_order.hpp"

namespace tollgate::sandbox {

class Wechat final : public Channel {
 public:
  /// Longest and shortest time to pay; WeChat Pay quietly moves time_expire between them.
  static constexpr std::int64_t min_life_s = 60;
  static constexpr std::int64_t max_life_s = 90 * 86'400;
  static constexpr std::int64_t default_life_s = 7 * 86'400;

  /// Both must outlive it.
  Wechat(WechatKeys& keys, Context& context)
      : keys_(keys), context_(context), auth_(keys, context.true_clock) {}

  std::string_view name() const override { return "wechat"; }
  std::string_view path_prefix() const override { return "/v3/"; }
  std::vector<net::Route> routes() override;
  net::Response no_route(const net::Request& request, Errc why) override;
  std::vector<std::string> merchants() const override;
  std::string shop(std::string_view mch_id) const override;
  Payment new_payment(std::int64_t amount) const override;
  NoticeMessage notice(const Trade& trade, const std::string& id,
                       const Distortion& distortion) const override;
  /// `mode` is "public_key", "certificate", or empty for a new certificate.
  Result<std::string> rotate(std::string_view mch_id, std::string_view mode) override;

 private:
  struct Call;
  struct Answer;
  using Endpoint = Answer (Wechat::*)(const Call&);

  net::Route route(net::Method method, std::string pattern, std::string target, Endpoint endpoint);
  net::Awaitable<net::Response> serve(std::string target, Endpoint endpoint, net::Request& request);
  Answer process(Endpoint endpoint, net::Request& request, const std::optional<Fault>& fault,
                 std::string& mch_id);
  net::Response answer_to(const net::Request& request, const std::string& mch_id,
                          const Answer& answer, const std::optional<Fault>& fault) const;
  net::Response finish(const net::Request& request, const std::string& mch_id, Answer answer,
                       const std::optional<Fault>& fault);
  net::Response bare_answer(int status, std::string body) const;

  Answer place(const Call& call);
  Answer query_number(const Call& call);
  Answer query_transaction(const Call& call);
  Answer close(const Call& call);
  Answer certificates(const Call& call);
  Answer tell(const Call& call, const std::optional<Trade>& trade) const;
  Trade new_trade(WechatMethod method, const WechatOrder& order) const;

  WechatKeys& keys_;
  Context& context_;
  WechatAuth auth_;
};

}  // namespace tollgate::sandbox
