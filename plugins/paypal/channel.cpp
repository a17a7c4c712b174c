#include "paypal/channel.hpp"

#include <array>

#include "common/account_channel.hpp"
#include "common/encoding.hpp"
#include "paypal/currency.hpp"
#include "paypal/operations.hpp"

namespace tollgate::paypal {
namespace {

constexpr std::uint32_t components = TG_COMPONENT(TG_OP_PAY) | TG_COMPONENT(TG_OP_CAPTURE) |
                                     TG_COMPONENT(TG_OP_QUERY) | TG_COMPONENT(TG_OP_CLOSE) |
                                     TG_COMPONENT(TG_OP_REFUND) | TG_COMPONENT(TG_OP_QUERY_REFUND) |
                                     TG_COMPONENT(TG_OP_FETCH_BILL) | TG_COMPONENT(TG_OP_CALLBACK);

const std::array capabilities{
    sdk::Capability{"redirect", currencies(), "PayPal", components, sdk::ActionType::redirect},
};

constexpr std::array settings{
    sdk::Setting{"client_id", TG_SETTING_REQUIRED, "The client id of the REST app."},
    sdk::Setting{"client_secret", TG_SETTING_REQUIRED | TG_SETTING_SECRET,
                 "The secret of the REST app."},
    sdk::Setting{"webhook_id", TG_SETTING_REQUIRED,
                 "The id of the app's webhook that points at this account's callback address."},
    sdk::Setting{"merchant_id", 0,
                 "The merchant id of the PayPal account that gets the money; compared in every "
                 "answer. Without it, notices are only believed once the order that was made here "
                 "has been asked for."},
    sdk::Setting{"webhook_ca_file", TG_SETTING_FILE,
                 "Further CA certificates, PEM, that PayPal's signing certificates may stand "
                 "under, beside those that the plugin carries."},
    sdk::Setting{"webhook_cert_origin", 0,
                 "For simulators and tests only: a further origin (https://host:port, or http on "
                 "the own machine) that signing certificates may be fetched from. Refused with a "
                 "gateway of PayPal's own."},
};

std::string further_origin(const common::Settings& values, const common::Gateway& gateway) {
  constexpr std::string_view name = "webhook_cert_origin";
  if (!values.has(name)) return {};
  if (CertPolicy::is_paypal(gateway.origin))
    common::refuse(name, "is for simulators: not with PayPal's own gateway");
  try {
    const auto origin = common::parse_gateway(values.text(name));
    if (origin.path.empty()) return origin.origin;
  } catch (const sdk::SettingError&) {  // said below, of this setting
  }
  common::refuse(name, "must be https://host[:port], or http on the own machine");
}

common::CaStore ca_store(const common::Settings& values) {
  const std::array<std::string_view, 2> texts{known_certificates(), values.text("webhook_ca_file")};
  const std::span<const std::string_view> given(texts.data(),
                                                values.has("webhook_ca_file") ? 2 : 1);
  auto store = common::CaStore::from_pem(given);
  if (!store) common::refuse("webhook_ca_file", "holds no certificates in PEM");
  return *std::move(store);
}

Account make_account(const sdk::ChannelConfig& config) {
  const common::Settings values(config.settings_json, settings);
  const common::Gateway gateway = common::parse_gateway(config.gateway);
  const std::string& client_id = values.token("client_id", 128, "-_.~");
  const std::string& secret = values.token("client_secret", 256, "-_.~");
  const std::string& webhook_id = values.token("webhook_id", 64, "-_");
  const std::string merchant_id = values.has("merchant_id") ? values.token("merchant_id", 32) : "";
  return {gateway,
          client_id,
          "Basic " + common::base64_encode(client_id + ":" + secret),
          webhook_id,
          merchant_id,
          merchant_id.empty() ? client_id : merchant_id,
          std::make_unique<Tokens>(),
          std::make_unique<Trust>(ca_store(values),
                                  CertPolicy(gateway.origin, further_origin(values, gateway)))};
}

constexpr std::array operations{
    common::OperationOf<Account>{sdk::OperationKind::pay, make_pay},
    common::OperationOf<Account>{sdk::OperationKind::capture, make_capture},
    common::OperationOf<Account>{sdk::OperationKind::query, make_query},
    common::OperationOf<Account>{sdk::OperationKind::close, make_close},
    common::OperationOf<Account>{sdk::OperationKind::refund, make_refund},
    common::OperationOf<Account>{sdk::OperationKind::query_refund, make_query_refund},
    common::OperationOf<Account>{sdk::OperationKind::fetch_bill, make_fetch_bill},
};

std::unique_ptr<sdk::Channel> make(sdk::ChannelConfig config) {
  return std::make_unique<common::AccountChannel<Account>>(config, make_account, operations,
                                                           make_callback);
}

}  // namespace

const sdk::Descriptor& describe() {
  static const sdk::Descriptor descriptor{"paypal",     "1.0.0",  "PayPal",
                                          capabilities, settings, &make};
  return descriptor;
}

}  // namespace tollgate::paypal
