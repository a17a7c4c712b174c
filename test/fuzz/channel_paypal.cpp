// PayPal's side for the channels' fuzz targets. Its answers bear no signature; its notices do.
#include <algorithm>

#include "channel/paypal_peer.hpp"
#include "channels.hpp"
#include "text.hpp"

namespace tollgate::fuzz {
namespace {

using test::PaypalKeys;
using test::PaypalPeer;

constexpr std::array events{"",
                            "CHECKOUT.ORDER.APPROVED",
                            "PAYMENT.CAPTURE.COMPLETED",
                            "PAYMENT.CAPTURE.REFUNDED",
                            "PAYMENT.REFUND.FAILED",
                            "CHECKOUT.PAYMENT-APPROVAL.REVERSED"};

/// The peer, forgetting what it was asked: inputs ask for addresses without end.
class Api final : public test::Peer {
 public:
  std::string gateway() const override { return peer_.gateway(); }
  std::string settings_json() const override { return peer_.settings_json(); }
  std::string receiver() const override { return peer_.receiver(); }
  std::vector<sdk::OperationInput> wishes() const override { return peer_.wishes(); }
  sdk::Response answer(const sdk::Request& request, std::int64_t now_ms) override {
    peer_.asked.clear();
    peer_.instead.clear();
    return peer_.answer(request, now_ms);
  }
  std::vector<test::Fault> proof_faults() const override { return peer_.proof_faults(); }
  sdk::CallbackInput notice(std::int64_t now_ms) override { return peer_.notice(now_ms); }
  sdk::CallbackInput forged_notice(std::int64_t now_ms) override {
    return peer_.forged_notice(now_ms);
  }
  std::set<std::string> proof_headers() const override { return peer_.proof_headers(); }

 private:
  PaypalPeer peer_;
};

class Paypal final : public Counterpart {
 public:
  test::Peer& peer() override { return api_; }

  sdk::Response answer(std::string text, const Signing&) override {
    return PaypalPeer::json(200, std::move(text));
  }

  /// The text is the body, or the resource of an event that the form names.
  sdk::CallbackInput notice(std::string text, const Signing& signing) override {
    const std::string_view type = events[signing.form % events.size()];
    if (!type.empty()) text = PaypalPeer::event(type, text);
    const auto& keys = PaypalKeys::get();
    return PaypalPeer::signed_notice(std::move(text), signing.at_ms,
                                     signing.foreign ? keys.other : keys.signing);
  }

  bool says(std::string_view text, std::int64_t amount, std::string_view currency) const override {
    return says_decimal(text, amount, currency == "JPY" ? 0 : 2);
  }

  bool signs_answers() const override { return false; }
  /// To a certificate that leads to no known root the API's word stands for the signature.
  bool vouches(std::span<const std::string> answers) const override {
    return std::ranges::any_of(answers, [](const std::string& text) {
      return unescaped(text).find("SUCCESS") != std::string::npos;
    });
  }

 private:
  Api api_;
};

}  // namespace

std::unique_ptr<Counterpart> paypal() {
  return std::make_unique<Paypal>();
}

}  // namespace tollgate::fuzz
