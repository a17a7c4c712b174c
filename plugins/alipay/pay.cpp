// Placing an order. page, wap and app are signed here and handed to the buyer: Alipay hears of the
// trade when the buyer opens it. qr is a call, alipay.trade.precreate (alipay.md sections 2.1
// and 3).
#include <algorithm>

#include "alipay/exchange.hpp"
#include "alipay/operations.hpp"
#include "alipay/order.hpp"
#include "common/encoding.hpp"
#include "common/outcome.hpp"

namespace tollgate::alipay {
namespace {

using common::unknown;
using sdk::ActionType;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::int64_t code_life_ms = 2LL * 3600 * 1000;
constexpr std::size_t max_code_bytes = 1024;

Outcome refused(std::string_view why) {
  Outcome outcome(Verdict::failed, Reason::rejected);
  outcome.channel_code = "invalid_input";
  outcome.channel_message = why;
  return outcome;
}

Outcome placed(const sdk::OperationInput& order, ActionType action, std::string material) {
  Outcome outcome(Verdict::pending);
  outcome.pay_no = order.pay_no;
  outcome.action = action;
  outcome.material = std::move(material);
  outcome.material_expires_ms = order.expires_ms;
  return outcome;
}

/// Posted in UTF-8 whatever the page around it is in: the signature is over these bytes.
std::string form_html(const Account& account, const common::Form& parameters) {
  return common::posting_page(call_url(account, parameters),
                              {{"biz_content", parameters.at("biz_content")}});
}

/// page, wap, app.
class SignedOrder final : public sdk::Operation {
 public:
  SignedOrder(const Account& account, sdk::OperationInput input)
      : account_(account), input_(std::move(input)) {}

  sdk::Step start(std::int64_t now_ms) override {
    if (const auto why = unfit(input_, now_ms); !why.empty()) return refused(why);
    const Product& product = *product_of(input_.method);
    const bool app = input_.method == "app";
    const auto parameters = account_.parameters(
        product.call, order_content(account_, product, input_, now_ms), now_ms, input_.notify_url,
        app ? std::string_view() : std::string_view(input_.return_url));
    if (app) return placed(input_, ActionType::app_string, common::encode_form(parameters));
    if (account_.page_by_form)
      return placed(input_, ActionType::form, form_html(account_, parameters));
    return placed(input_, ActionType::redirect,
                  account_.gateway + "?" + common::encode_form(parameters));
  }

  sdk::Step resume(const sdk::Response&, std::int64_t) override {
    return unknown("not_asked", "nothing was sent");
  }

 private:
  const Account& account_;
  const sdk::OperationInput input_;
};

/// qr.
class Precreate final : public Exchange {
 public:
  Precreate(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    if (const auto why = unfit(input_, now_ms); !why.empty()) return refused(why);
    const Product& product = *product_of(input_.method);
    return request(
        {product.call, order_content(account_, product, input_, now_ms), true, input_.notify_url},
        now_ms);
  }

  sdk::Step answered(const Answer& answer, std::int64_t now_ms) override {
    if (!answer.ok()) return judged(ApiError::of(answer));
    if (answer.text("out_trade_no") != input_.pay_no)
      return unknown("another_trade", "the answer is not about this order");
    const auto code = answer.text("qr_code");
    if (!code.starts_with("https://") || code.size() > max_code_bytes)
      return unknown("no_handle", "the answer has nothing to pay with");
    Outcome outcome = placed(input_, ActionType::qr, std::string(code));
    const std::int64_t end_ms = now_ms + code_life_ms;
    outcome.material_expires_ms =
        input_.expires_ms > 0 ? std::min(input_.expires_ms, end_ms) : end_ms;
    return outcome;
  }

 private:
  static Outcome judged(const ApiError& error) {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    // The number is known there already: an earlier sending of this one arrived. Ask, don't guess.
    if (error.paid()) return error.outcome(Verdict::unknown, Reason::already_paid);
    if (error.closed()) return error.outcome(Verdict::unknown, Reason::closed);
    if (error.configuration()) return error.outcome(Verdict::failed, Reason::configuration);
    if (error.rejected()) return error.outcome(Verdict::failed, Reason::rejected);
    return error.outcome(Verdict::unknown);
  }

  const sdk::OperationInput input_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_pay(const Account& account, sdk::OperationInput input) {
  if (input.method == "qr") return std::make_unique<Precreate>(account, std::move(input));
  return std::make_unique<SignedOrder>(account, std::move(input));
}

}  // namespace tollgate::alipay
