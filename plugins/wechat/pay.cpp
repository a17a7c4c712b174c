// Placing an order: POST /v3/pay/transactions/{native|jsapi|h5|app} (wechat.md sections 2.3
// and 3.1).
#include <algorithm>

#include "common/encoding.hpp"
#include "common/json.hpp"
#include "common/time.hpp"
#include "wechat/exchange.hpp"
#include "wechat/operations.hpp"

namespace tollgate::wechat {
namespace {

using sdk::ActionType;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t description_characters = 127;
constexpr std::int64_t handle_life_ms = 2LL * 3600 * 1000;  // prepay_id and code_url
constexpr std::int64_t h5_life_ms = 5LL * 60 * 1000;
constexpr std::size_t max_handle_bytes = 2048;

class Pay final : public Exchange {
 public:
  Pay(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    if (const std::string_view wrong = unfit(now_ms); !wrong.empty()) {
      Outcome outcome(Verdict::failed, Reason::rejected);
      outcome.channel_code = "invalid_input";
      outcome.channel_message = wrong;
      return outcome;
    }
    return account_.request("POST", "/v3/pay/transactions/" + input_.method, body(), now_ms);
  }

  Outcome accepted(const sdk::Response& response, std::int64_t now_ms) override {
    Outcome outcome(Verdict::pending);
    outcome.pay_no = input_.pay_no;
    const auto answer = common::JsonDocument::parse(response.body);
    if (answer) fill_material(answer->root(), now_ms, outcome);
    if (!outcome.material.empty()) return outcome;
    Outcome odd(Verdict::unknown);
    odd.channel_code = "no_handle";
    odd.channel_message = "the answer has nothing to pay with";
    return odd;
  }

  Outcome refused(const ApiError& error) override {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    // The number is known there already: an earlier sending of this one arrived. Ask, don't guess.
    if (error.paid()) return error.outcome(Verdict::unknown, Reason::already_paid);
    if (error.closed()) return error.outcome(Verdict::unknown, Reason::closed);
    if (error.unsettled()) return error.outcome(Verdict::unknown);
    return error.outcome(Verdict::failed,
                         error.configuration() ? Reason::configuration : Reason::rejected);
  }

 private:
  /// What WeChat Pay would refuse, or "".
  std::string_view unfit(std::int64_t now_ms) const {
    const std::string& method = input_.method;
    if (method != "native" && method != "jsapi" && method != "h5" && method != "app")
      return "the method is none of native, jsapi, h5, app";
    if (input_.currency != "CNY") return "the currency must be CNY";
    if (input_.amount <= 0) return "the amount must be positive";
    if (input_.pay_no.size() < 6 || !common::is_token(input_.pay_no, 32, "_-|*"))
      return "the number must have 6 to 32 characters of [0-9A-Za-z_-|*]";
    if (input_.notify_url.empty() || input_.notify_url.size() > 255 ||
        input_.notify_url.find_first_of("?#") != std::string::npos)
      return "the notify URL must have 1 to 255 characters and no query";
    if (method == "jsapi" && (input_.openid.empty() || input_.openid.size() > 128))
      return "jsapi needs the buyer's openid";
    if (method == "h5" && (input_.client_ip.empty() || input_.client_ip.size() > 45))
      return "h5 needs the buyer's address";
    if (input_.expires_ms > 0 && input_.expires_ms <= now_ms) return "the time to pay is over";
    return {};
  }

  std::string body() const {
    std::string description = common::bmp_text(input_.description, description_characters);
    if (description.empty()) description = input_.pay_no;
    common::JsonObjectWriter json;
    json.text("appid", account_.app_id)
        .text("mchid", account_.signer.mch_id)
        .text("description", description)
        .text("out_trade_no", input_.pay_no);
    if (input_.expires_ms > 0)
      json.text("time_expire", common::format_rfc3339_beijing(input_.expires_ms));
    json.text("notify_url", input_.notify_url);
    json.begin("amount").integer("total", input_.amount).text("currency", input_.currency).end();
    if (input_.method == "jsapi") json.begin("payer").text("openid", input_.openid).end();
    if (input_.method == "h5")
      json.begin("scene_info")
          .text("payer_client_ip", input_.client_ip)
          .begin("h5_info")
          .text("type", "Wap")
          .end()
          .end();
    return json.finish();
  }

  /// Leaves the material empty where the answer has none that is usable.
  void fill_material(common::JsonValue answer, std::int64_t now_ms, Outcome& outcome) const {
    const auto handle = [&](std::string_view name) {
      const auto text = answer[name].text_or_empty();
      return text.size() <= max_handle_bytes ? text : std::string_view();
    };
    std::int64_t life_ms = handle_life_ms;
    if (input_.method == "native") {
      outcome.action = ActionType::qr;
      outcome.material = handle("code_url");
    } else if (input_.method == "h5") {
      outcome.action = ActionType::redirect;
      outcome.material = h5_url(handle("h5_url"));
      life_ms = h5_life_ms;
    } else if (const auto prepay_id = handle("prepay_id"); !prepay_id.empty()) {
      const bool jsapi = input_.method == "jsapi";
      outcome.action = jsapi ? ActionType::jsapi : ActionType::app;
      outcome.material = jsapi ? bridge(prepay_id, now_ms) : app_parameters(prepay_id, now_ms);
    }
    outcome.material_expires_ms = now_ms + life_ms;
    if (input_.expires_ms > 0)
      outcome.material_expires_ms = std::min(outcome.material_expires_ms, input_.expires_ms);
  }

  /// The one thing that may be added to it is the way back.
  std::string h5_url(std::string_view url) const {
    if (!url.starts_with("https://") && !url.starts_with("http://")) return {};
    std::string full(url);
    if (!input_.return_url.empty())
      full += (full.find('?') == std::string::npos ? "?redirect_url=" : "&redirect_url=") +
              common::url_encode(input_.return_url);
    return full;
  }

  std::string bridge(std::string_view prepay_id, std::int64_t now_ms) const {
    const Stamp stamp = account_.signer.stamp(now_ms);
    const std::string package = "prepay_id=" + std::string(prepay_id);
    return common::JsonObjectWriter()
        .text("appId", account_.app_id)
        .text("timeStamp", std::to_string(stamp.timestamp_s))
        .text("nonceStr", stamp.nonce)
        .text("package", package)
        .text("signType", "RSA")
        .text("paySign", account_.signer.sign(jsapi_message(account_.app_id, stamp, package)))
        .finish();
  }

  std::string app_parameters(std::string_view prepay_id, std::int64_t now_ms) const {
    const Stamp stamp = account_.signer.stamp(now_ms);
    return common::JsonObjectWriter()
        .text("appid", account_.app_id)
        .text("partnerid", account_.signer.mch_id)
        .text("prepayid", prepay_id)
        .text("package", "Sign=WXPay")
        .text("noncestr", stamp.nonce)
        .text("timestamp", std::to_string(stamp.timestamp_s))
        .text("sign", account_.signer.sign(app_message(account_.app_id, stamp, prepay_id)))
        .finish();
  }

  const sdk::OperationInput input_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_pay(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Pay>(account, std::move(input));
}

}  // namespace tollgate::wechat
