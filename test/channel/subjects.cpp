#include <stdexcept>

#include "alipay_peer.hpp"
#include "ipaylinks_peer.hpp"
#include "paypal_peer.hpp"
#include "subject.hpp"
#include "wechat_peer.hpp"

extern "C" const tg_plugin* tollgate_channel_plugin_v1_alipay(void);
extern "C" const tg_plugin* tollgate_channel_plugin_v1_ipaylinks(void);
extern "C" const tg_plugin* tollgate_channel_plugin_v1_paypal(void);
extern "C" const tg_plugin* tollgate_channel_plugin_v1_wechat(void);

namespace tollgate::test {
namespace {

Subject subject(std::string channel, tg_plugin_entry entry,
                std::vector<std::function<std::unique_ptr<Peer>()>> peers) {
  const std::string path = TOLLGATE_TEST_PLUGIN_DIR "/" + channel + ".so";
  return {channel, {{"static", entry()}, {"loaded", load_plugin(path)}}, std::move(peers)};
}

}  // namespace

const std::vector<Subject>& subjects() {
  static const std::vector<Subject> list{
      subject("wechat", tollgate_channel_plugin_v1_wechat, {wechat_by_key, wechat_by_certificates}),
      subject("alipay", tollgate_channel_plugin_v1_alipay, {alipay_by_key, alipay_by_certificates}),
      subject("paypal", tollgate_channel_plugin_v1_paypal, {paypal_peer}),
      subject("ipaylinks", tollgate_channel_plugin_v1_ipaylinks,
              {ipaylinks_webgate, ipaylinks_mapi}),
  };
  return list;
}

const tg_plugin& plugin_of(std::string_view channel) {
  for (const auto& subject : subjects())
    if (subject.channel == channel) return *subject.forms.front().plugin;
  throw std::runtime_error("no such plugin");
}

}  // namespace tollgate::test
