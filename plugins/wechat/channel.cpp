#include "wechat/channel.hpp"

#include <array>

#include "common/account_channel.hpp"
#include "common/time.hpp"
#include "wechat/operations.hpp"

namespace tollgate::wechat {
namespace {

constexpr std::size_t api_v3_key_bytes = 32;

constexpr std::uint32_t components = TG_COMPONENT(TG_OP_PAY) | TG_COMPONENT(TG_OP_QUERY) |
                                     TG_COMPONENT(TG_OP_CLOSE) | TG_COMPONENT(TG_OP_REFUND) |
                                     TG_COMPONENT(TG_OP_QUERY_REFUND) |
                                     TG_COMPONENT(TG_OP_FETCH_BILL) | TG_COMPONENT(TG_OP_CALLBACK);

constexpr std::array capabilities{
    sdk::Capability{"native", "CNY", "WeChat Pay", components, sdk::ActionType::qr},
    sdk::Capability{"jsapi", "CNY", "WeChat Pay", components, sdk::ActionType::jsapi,
                    TG_NEEDS_OPENID},
    sdk::Capability{"h5", "CNY", "WeChat Pay", components, sdk::ActionType::redirect,
                    TG_NEEDS_CLIENT_IP},
    sdk::Capability{"app", "CNY", "WeChat Pay", components, sdk::ActionType::app},
};

constexpr std::array settings{
    sdk::Setting{"app_id", TG_SETTING_REQUIRED, "The appid, bound to the merchant number."},
    sdk::Setting{"mch_id", TG_SETTING_REQUIRED, "The merchant number."},
    sdk::Setting{"merchant_serial", TG_SETTING_REQUIRED,
                 "The serial number of the merchant's API certificate."},
    sdk::Setting{"merchant_private_key_file",
                 TG_SETTING_REQUIRED | TG_SETTING_SECRET | TG_SETTING_FILE,
                 "The private key of that certificate, PEM."},
    sdk::Setting{"api_v3_key", TG_SETTING_REQUIRED | TG_SETTING_SECRET,
                 "The APIv3 key, 32 characters."},
    sdk::Setting{
        "platform_public_key_id", 0,
        "The id of WeChat Pay's public key (PUB_KEY_ID_…). Without it, platform certificates "
        "are downloaded and renewed."},
    sdk::Setting{"platform_public_key_file", TG_SETTING_FILE, "WeChat Pay's public key, PEM."},
};

std::optional<Trust::PlatformKey> platform_key(const common::Settings& values) {
  constexpr std::string_view id_name = "platform_public_key_id";
  constexpr std::string_view key_name = "platform_public_key_file";
  if (!values.has(id_name) && !values.has(key_name)) return std::nullopt;
  for (const auto& [there, missing] : {std::pair(id_name, key_name), std::pair(key_name, id_name)})
    if (!values.has(missing))
      throw sdk::SettingError("setting " + std::string(missing) + " is missing: it belongs to " +
                              std::string(there));
  const std::string& id = values.token(id_name, 64, "_");
  if (!id.starts_with("PUB_KEY_ID_"))
    throw sdk::SettingError("setting platform_public_key_id must begin with PUB_KEY_ID_");
  return Trust::PlatformKey{id, values.public_key(key_name)};
}

Account make_account(const sdk::ChannelConfig& config) {
  const common::Settings values(config.settings_json, settings);
  const std::string& app_id = values.token("app_id", 32);
  const std::string& mch_id = values.token("mch_id", 32);
  const std::string& api_v3_key = values.text("api_v3_key");
  if (api_v3_key.size() != api_v3_key_bytes)
    common::refuse("api_v3_key", "must have exactly 32 bytes");
  return {common::parse_gateway(config.gateway), app_id, mch_id + "/" + app_id,
          Signer{mch_id, values.token("merchant_serial", 64),
                 values.private_key("merchant_private_key_file"), config.entropy},
          std::make_unique<Trust>(api_v3_key, platform_key(values))};
}

constexpr std::array operations{
    common::OperationOf<Account>{sdk::OperationKind::pay, make_pay},
    common::OperationOf<Account>{sdk::OperationKind::query, make_query},
    common::OperationOf<Account>{sdk::OperationKind::close, make_close},
    common::OperationOf<Account>{sdk::OperationKind::refund, make_refund},
    common::OperationOf<Account>{sdk::OperationKind::query_refund, make_query_refund},
    common::OperationOf<Account>{sdk::OperationKind::fetch_bill, make_fetch_bill},
};

std::unique_ptr<sdk::Channel> make(sdk::ChannelConfig config) {
  return std::make_unique<common::AccountChannel<Account>>(config, make_account, operations,
                                                           make_callback, common::beijing_s);
}

}  // namespace

const sdk::Descriptor& describe() {
  static const sdk::Descriptor descriptor{"wechat",     "1.0.0",  "WeChat Pay",
                                          capabilities, settings, &make};
  return descriptor;
}

}  // namespace tollgate::wechat
