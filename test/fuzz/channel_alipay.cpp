// Alipay's side for the channels' fuzz targets.
#include <array>

#include "channel/alipay_peer.hpp"
#include "channels.hpp"
#include "text.hpp"

namespace tollgate::fuzz {
namespace {

using test::AlipayKeys;
using test::AlipayPeer;

constexpr std::array methods{"alipay.trade.query",
                             "alipay.trade.precreate",
                             "alipay.trade.close",
                             "alipay.trade.cancel",
                             "alipay.open.app.alipaycert.download",
                             "alipay.trade.refund",
                             "alipay.trade.fastpay.refund.query"};
constexpr std::string_view download = methods[4];

/// The peer, but for questions that only a made-up answer leads to: for a certificate that does not
/// exist a gateway answers so, and where no bill is, there is none.
class Gateway final : public test::Peer {
 public:
  explicit Gateway(bool by_certificates) : peer_(by_certificates) {}
  const AlipayPeer& alipay() const { return peer_; }

  std::string gateway() const override { return peer_.gateway(); }
  std::string settings_json() const override { return peer_.settings_json(); }
  std::string receiver() const override { return peer_.receiver(); }
  std::vector<sdk::OperationInput> wishes() const override { return peer_.wishes(); }
  sdk::Response answer(const sdk::Request& request, std::int64_t now_ms) override {
    if (request.method == "GET") return file(request, now_ms);
    const auto biz_content = AlipayPeer::decoded(request.body)["biz_content"];
    const auto known = "\"" + peer_.alipay_cert_sn + "\"";
    if (peer_.checked(request, now_ms)["method"] == download &&
        biz_content.find(known) == biz_content.npos)
      return AlipayPeer::unsigned_answer(download, AlipayPeer::refusal("40004", "NOT_FOUND"));
    return peer_.answer(request, now_ms);
  }
  std::vector<test::Fault> proof_faults() const override { return peer_.proof_faults(); }
  sdk::CallbackInput notice(std::int64_t now_ms) override { return peer_.notice(now_ms); }
  sdk::CallbackInput forged_notice(std::int64_t now_ms) override {
    return peer_.forged_notice(now_ms);
  }
  std::set<std::string> proof_headers() const override { return peer_.proof_headers(); }
  bool same_notice(const sdk::CallbackInput& a, const sdk::CallbackInput& b) const override {
    return peer_.same_notice(a, b);
  }

 private:
  sdk::Response file(const sdk::Request& request, std::int64_t now_ms) {
    const auto place = [](const std::string& url) { return url.substr(url.find("//")); };
    if (place(request.url) == place(peer_.bill_url)) return peer_.answer(request, now_ms);
    sdk::Response none;
    none.status = 404;
    return none;
  }

  AlipayPeer peer_;
};

class Alipay final : public Counterpart {
 public:
  explicit Alipay(bool by_certificates) : gateway_(by_certificates) {}

  test::Peer& peer() override { return gateway_; }

  /// The text is the node of the answer to the method that the form names.
  sdk::Response answer(std::string text, const Signing& signing) override {
    const auto method = methods[signing.form % methods.size()];
    if (!signing.foreign) return gateway_.alipay().signed_answer(method, text);
    auto response = AlipayPeer::unsigned_answer(method, text);
    response.body.pop_back();
    if (gateway_.alipay().by_certificates)
      response.body += ",\"alipay_cert_sn\":\"" + gateway_.alipay().alipay_cert_sn + "\"";
    response.body += ",\"sign\":\"" + AlipayKeys::get().other.sign(text) + "\"}";
    return response;
  }

  /// The text is the form's fields, but for the signature.
  sdk::CallbackInput notice(std::string text, const Signing& signing) override {
    const auto& keys = AlipayKeys::get();
    return gateway_.alipay().signed_notice(AlipayPeer::decoded(text),
                                           signing.foreign ? keys.other : keys.alipay);
  }

  /// In yuan, with two decimals or fewer.
  bool says(std::string_view text, std::int64_t amount, std::string_view) const override {
    return says_decimal(text, amount, 2);
  }

  bool signs_time() const override { return false; }
  bool same_notice(const sdk::CallbackInput& a, const sdk::CallbackInput& b) override {
    return gateway_.same_notice(a, b);
  }

 private:
  Gateway gateway_;
};

}  // namespace

std::unique_ptr<Counterpart> alipay_by_key() {
  return std::make_unique<Alipay>(false);
}
std::unique_ptr<Counterpart> alipay_by_certificates() {
  return std::make_unique<Alipay>(true);
}

}  // namespace tollgate::fuzz
