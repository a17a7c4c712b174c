// The channel: the sandbox's WeChat Pay over a ledger of its own, buyers who pay there, and the
// notices that tell the server.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "net/router.hpp"
#include "sandbox/wechat.hpp"
#include "simulate/network.hpp"
#include "simulate/process.hpp"

namespace tollgate::simulate {

class ChannelSide final : public sandbox::NoticeSink {
 public:
  static constexpr const char* host = "127.0.0.1:9090";
  static constexpr const char* gateway = "http://127.0.0.1:9090";

  /// Key files that are missing in `keys` are made, for all runs to come.
  static void make_keys(const std::filesystem::path& keys);

  ChannelSide(World& world, Network& network, Process& process, const std::filesystem::path& keys);

  sandbox::Ledger& ledger() { return ledger_; }
  const sandbox::WechatKeys& keys() const { return keys_; }
  void set_notice_weather(const Weather& weather, int forged_permille) {
    notice_weather_ = weather;
    forged_permille_ = forged_permille;
  }
  /// False where it cannot be paid (any more). `amount` instead of the ordered one.
  bool pay(const std::string& out_trade_no, std::optional<std::int64_t> amount = std::nullopt);

  /// Posts one notice that lies, of the payment or of what `told` tells of; nothing may come of it
  /// but a record.
  void forge(const sandbox::Trade& trade, sandbox::Forgery forgery,
             const sandbox::Told* told = nullptr);
  /// What it shall get wrong, and its bills.
  sandbox::Faults& faults() { return faults_; }
  sandbox::Bills& bills() { return bills_; }
  /// The lines of the account's bill of the day that begins then, as they would be now.
  std::vector<sandbox::BillEntry> bill(const std::string& account, TimeMs day);
  /// Refunds that are under way end, well or badly; after calm() all of them well.
  boost::asio::awaitable<void> work_off_refunds();
  void calm();

  /// Trades that the channel itself, authentically, told another amount of.
  bool lied_about(const std::string& out_trade_no) const { return lied_.contains(out_trade_no); }

  /// Notices that were acknowledged: (account, notice id).
  const std::set<std::pair<std::string, std::string>>& acknowledged() const { return acked_; }
  /// Forged notices that were acknowledged: must be none.
  const std::set<std::string>& believed() const { return believed_; }

 private:
  boost::asio::awaitable<net::Response> serve(net::Request& request);
  void enqueue(const sandbox::Channel& channel, sandbox::Notice notice) override;
  boost::asio::awaitable<void> tell(sandbox::Notice notice);
  boost::asio::awaitable<void> post_forged(sandbox::Trade trade, sandbox::Forgery forgery,
                                           sandbox::Told told);
  boost::asio::awaitable<int> post(std::string account, sandbox::NoticeMessage message,
                                   Passage passage);
  std::string account_of(const sandbox::Trade& trade) const;

  World& world_;
  Process& process_;
  sandbox::Ledger ledger_;
  sandbox::Faults faults_;
  sandbox::Bills bills_{ledger_};
  sandbox::RequestLog requests_;
  sandbox::PublicUrl url_;
  sandbox::Context context_;
  sandbox::WechatKeys keys_;
  sandbox::Wechat wechat_;
  net::Router router_;
  Weather notice_weather_;
  int forged_permille_ = 0;
  bool calm_ = false;
  std::set<std::string> lied_;
  std::set<std::pair<std::string, std::string>> acked_;
  std::set<std::string> believed_;
};

}  // namespace tollgate::simulate
