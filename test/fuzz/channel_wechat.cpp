// WeChat Pay's side for the channels' fuzz targets.
#include "channel/wechat_peer.hpp"
#include "channels.hpp"

namespace tollgate::fuzz {
namespace {

using test::WechatKeys;
using test::WechatPeer;

class Wechat final : public Counterpart {
 public:
  explicit Wechat(bool by_certificates) : peer_(by_certificates) {}

  test::Peer& peer() override { return peer_; }

  sdk::Response answer(std::string text, const Signing& signing) override {
    return peer_.signed_response(200, std::move(text), signing.at_ms, key(signing));
  }

  sdk::CallbackInput notice(std::string text, const Signing& signing) override {
    switch (signing.form % 4) {
      case 0:
        break;
      case 1:
        text = peer_.notice_body(text, "TRANSACTION.SUCCESS");
        break;
      case 2:
        text = peer_.notice_body(text, "REFUND.SUCCESS", "refund");
        break;
      default:
        text = peer_.notice_body(text, "REFUND.ABNORMAL", "refund");
    }
    return peer_.signed_notice(std::move(text), signing.at_ms, key(signing));
  }

  /// Numbers of JSON have one notation.
  bool says(std::string_view text, std::int64_t amount, std::string_view) const override {
    return text.find(std::to_string(amount)) != text.npos;
  }

 private:
  static const test::KeyPair& key(const Signing& signing) {
    return signing.foreign ? WechatKeys::get().other : WechatKeys::get().platform;
  }

  WechatPeer peer_;
};

}  // namespace

std::unique_ptr<Counterpart> wechat_by_key() {
  return std::make_unique<Wechat>(false);
}
std::unique_ptr<Counterpart> wechat_by_certificates() {
  return std::make_unique<Wechat>(true);
}

}  // namespace tollgate::fuzz
