#include "channels.hpp"

#include <algorithm>
#include <array>

extern "C" const tg_plugin* tollgate_channel_plugin_v1_alipay(void);
extern "C" const tg_plugin* tollgate_channel_plugin_v1_ipaylinks(void);
extern "C" const tg_plugin* tollgate_channel_plugin_v1_paypal(void);
extern "C" const tg_plugin* tollgate_channel_plugin_v1_wechat(void);

namespace tollgate::fuzz {

bool Counterpart::same_notice(const sdk::CallbackInput& signed_one,
                              const sdk::CallbackInput& altered) {
  return signed_one.body == altered.body &&
         std::ranges::all_of(peer().proof_headers(), [&](const std::string& name) {
           return signed_one.header(name) == altered.header(name);
         });
}

// Seeds name the row: new ones are added at the end.
std::span<const Channel> channels() {
  static constexpr std::array list{
      Channel{"wechat", tollgate_channel_plugin_v1_wechat, wechat_by_key},
      Channel{"wechat", tollgate_channel_plugin_v1_wechat, wechat_by_certificates},
      Channel{"alipay", tollgate_channel_plugin_v1_alipay, alipay_by_key},
      Channel{"alipay", tollgate_channel_plugin_v1_alipay, alipay_by_certificates},
      Channel{"paypal", tollgate_channel_plugin_v1_paypal, paypal},
      Channel{"ipaylinks", tollgate_channel_plugin_v1_ipaylinks, ipaylinks_webgate},
      Channel{"ipaylinks", tollgate_channel_plugin_v1_ipaylinks, ipaylinks_mapi},
  };
  return list;
}

}  // namespace tollgate::fuzz
