// iPayLinks' side of both generations for the channels' fuzz targets.
#include <rapidjson/document.h>

#include "channel/alipay_peer.hpp"
#include "channel/ipaylinks_peer.hpp"
#include "channels.hpp"
#include "text.hpp"

namespace tollgate::fuzz {
namespace {

using test::IpaylinksPeer;
using Fields = IpaylinksPeer::Fields;

Fields fields_of(std::string_view form) {
  Fields fields;
  for (const auto& [name, value] : test::AlipayPeer::decoded(form)) fields[name] = value;
  return fields;
}

bool is_json(const sdk::CallbackInput& notice) {
  return notice.header("content-type").starts_with("application/json");
}

/// The fields that a notice tells, however they are written; nothing where they cannot be read.
std::optional<Fields> told(const sdk::CallbackInput& notice) {
  if (!is_json(notice)) return fields_of(notice.body);
  rapidjson::Document document;
  document.Parse(notice.body.data(), notice.body.size());
  if (document.HasParseError() || !document.IsObject()) return std::nullopt;
  Fields fields;
  for (const auto& member : document.GetObject()) {
    if (!member.value.IsString()) return std::nullopt;
    fields[{member.name.GetString(), member.name.GetStringLength()}] = {
        member.value.GetString(), member.value.GetStringLength()};
  }
  return fields;
}

/// The peer, but for questions that only a made-up notice leads to: it knows no such transaction.
class Gateway final : public test::Peer {
 public:
  explicit Gateway(int generation) : peer_(generation) {}
  const IpaylinksPeer& ipaylinks() const { return peer_; }

  std::string gateway() const override { return peer_.gateway(); }
  std::string settings_json() const override { return peer_.settings_json(); }
  std::string receiver() const override { return peer_.receiver(); }
  std::vector<sdk::OperationInput> wishes() const override { return peer_.wishes(); }
  sdk::Response answer(const sdk::Request& request, std::int64_t now_ms) override {
    const Fields asked = fields_of(request.body);
    const auto number = asked.find("transId");
    const bool known = number != asked.end() && (number->second == IpaylinksPeer::pay_no ||
                                                 number->second == IpaylinksPeer::closing_no ||
                                                 number->second == IpaylinksPeer::refund_no);
    const auto type = asked.find("transType");
    if (known || type == asked.end() || type->second != "query")
      return peer_.answer(request, now_ms);
    return peer_.answered(peer_.with_signature({{"transId", number->second},
                                                {"merchantId", IpaylinksPeer::merchant_id},
                                                {"signType", "MD5"},
                                                {"respCode", "2004"}}));
  }
  std::vector<test::Fault> proof_faults() const override { return peer_.proof_faults(); }
  sdk::CallbackInput notice(std::int64_t now_ms) override { return peer_.notice(now_ms); }
  sdk::CallbackInput forged_notice(std::int64_t now_ms) override {
    return peer_.forged_notice(now_ms);
  }
  std::set<std::string> proof_headers() const override { return peer_.proof_headers(); }

 private:
  IpaylinksPeer peer_;
};

class Ipaylinks final : public Counterpart {
 public:
  explicit Ipaylinks(int generation) : gateway_(generation) {}

  test::Peer& peer() override { return gateway_; }

  /// The text is a form's fields, but for the signature; an odd form is for JSON.
  sdk::Response answer(std::string text, const Signing& signing) override {
    const Fields fields = signed_fields(text, signing);
    sdk::Response response = gateway_.ipaylinks().answered(fields);
    if (signing.form % 2 == 0) return response;
    response.headers["content-type"] = "application/json";
    response.body = IpaylinksPeer::to_json(fields);
    return response;
  }

  sdk::CallbackInput notice(std::string text, const Signing& signing) override {
    const Fields fields = signed_fields(text, signing);
    sdk::CallbackInput input = gateway_.ipaylinks().posted(fields);
    if (signing.form % 2 == 0) return input;
    input.headers["content-type"] = "application/json";
    input.body = IpaylinksPeer::to_json(fields);
    return input;
  }

  /// Whole numbers of the minor unit, or of hundredths where the currency has none.
  bool says(std::string_view text, std::int64_t amount, std::string_view) const override {
    return says_decimal(text, amount, 0) || says_decimal(text, amount * 100, 0);
  }

  bool signs_time() const override { return false; }
  bool same_notice(const sdk::CallbackInput& a, const sdk::CallbackInput& b) override {
    auto first = told(a), second = told(b);
    if (!first || !second) return a.body == b.body && is_json(a) == is_json(b);
    // The first generation does not sign fields without a value.
    if (gateway_.ipaylinks().generation == 1)
      for (auto* fields : {&*first, &*second})
        std::erase_if(*fields, [](const auto& field) { return field.second.empty(); });
    return first == second;
  }

 private:
  Fields signed_fields(std::string_view text, const Signing& signing) const {
    return gateway_.ipaylinks().with_signature(
        fields_of(text), signing.foreign ? "OTHERKEY" : IpaylinksPeer::secret);
  }

  Gateway gateway_;
};

}  // namespace

std::unique_ptr<Counterpart> ipaylinks_webgate() {
  return std::make_unique<Ipaylinks>(1);
}
std::unique_ptr<Counterpart> ipaylinks_mapi() {
  return std::make_unique<Ipaylinks>(2);
}

}  // namespace tollgate::fuzz
