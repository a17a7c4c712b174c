// Alipay: what an account must be told.
#include <catch2/catch.hpp>

#include "alipay_peer.hpp"

namespace tollgate::test {
namespace {

std::string refusal(const std::map<std::string, std::string>& settings,
                    const std::string& gateway = "https://openapi.alipay.com/gateway.do") {
  try {
    const Made made(plugin_of("alipay"), gateway, AlipayPeer::to_json(settings));
  } catch (const sdk::SettingError& e) {
    return e.what();
  }
  return "";
}

/// What stands between the first and the last line of PEM.
std::string bare(const std::string& pem, std::string_view line_end) {
  std::string text;
  for (std::size_t at = 0; at < pem.size();) {
    const auto end = pem.find('\n', at);
    const auto line = pem.substr(at, end - at);
    if (!line.starts_with("-----")) text.append(line).append(line_end);
    at = end + 1;
  }
  return text;
}

}  // namespace

TEST_CASE("each wrong or missing setting of Alipay is named, and no value is shown (P9, P12)",
          "[channel][alipay]") {
  for (const bool by_certificates : {false, true}) {
    const AlipayPeer peer(by_certificates);
    CHECK(refusal(peer.settings()).empty());
    for (const auto& [name, value] : peer.settings()) {
      CAPTURE(name);
      auto settings = peer.settings();
      settings.erase(name);
      CHECK_THAT(refusal(settings), Catch::Contains(name));
      for (const std::string bad : {"", "\x01", "not \"right\"", "AAAA"}) {
        settings[name] = bad;
        CHECK_THAT(refusal(settings), Catch::Contains(name));
        if (bad.size() > 1) CHECK_THAT(refusal(settings), !Catch::Contains(bad));
      }
    }
  }
}

TEST_CASE("numbers of Alipay have their form", "[channel][alipay]") {
  const AlipayPeer peer(false);
  const auto with = [&](const std::string& name, const std::string& value) {
    auto settings = peer.settings();
    settings[name] = value;
    return refusal(settings);
  };
  CHECK_THAT(with("app_id", "2021abc"), Catch::Contains("app_id"));
  CHECK_THAT(with("seller_id", "208800000000000"), Catch::Contains("seller_id"));
  CHECK_THAT(with("seller_id", "20880000000000011"), Catch::Contains("seller_id"));
  CHECK_THAT(with("seller_id", "1088000000000001"), Catch::Contains("seller_id"));
  CHECK_THAT(with("seller_id", "208800000000000x"), Catch::Contains("seller_id"));
  CHECK_THAT(with("page_action", "post"), Catch::Contains("page_action"));
  CHECK_THAT(with("page_action", ""), Catch::Contains("page_action"));
  CHECK_THAT(with("qr_product_code", "QUICK_WAP_WAY"), Catch::Contains("qr_product_code"));
  CHECK(with("page_action", "redirect").empty());
  CHECK(with("page_action", "form").empty());
  CHECK(with("qr_product_code", "QR_CODE_OFFLINE").empty());
}

TEST_CASE("keys are taken in PEM of both kinds and as Alipay's tool writes them",
          "[channel][alipay]") {
  const AlipayPeer peer(false);
  const auto& keys = AlipayKeys::get();
  const auto with = [&](const std::string& own, const std::string& alipay) {
    auto settings = peer.settings();
    settings["app_private_key_file"] = own;
    settings["alipay_public_key_file"] = alipay;
    return refusal(settings);
  };
  const std::string alipay = keys.alipay.public_pem();
  for (const std::string& own : {keys.app.private_pem(), keys.app.pkcs1_pem()}) {
    CHECK(with(own, alipay).empty());
    for (const auto* line_end : {"", "\n", "\r\n", "  \n"}) {
      CHECK(with(bare(own, line_end), alipay).empty());
      CHECK(with(bare(own, line_end), bare(alipay, line_end)).empty());
    }
  }
  CHECK_THAT(with(bare(keys.app.private_pem(), "-"), alipay),
             Catch::Contains("app_private_key_file"));
  CHECK_THAT(with(KeyPair(1024).private_pem(), alipay), Catch::Contains("app_private_key_file"));
  CHECK_THAT(with(keys.app.private_pem(), KeyPair(1024).public_pem()),
             Catch::Contains("alipay_public_key_file"));
}

TEST_CASE("settings that contradict one another are refused", "[channel][alipay]") {
  const auto& keys = AlipayKeys::get();
  auto by_key = AlipayPeer(false).settings();
  const auto by_certificates = AlipayPeer(true).settings();
  by_key["alipay_public_key_file"] = keys.app.public_pem();
  CHECK_THAT(refusal(by_key), Catch::Contains("alipay_public_key_file") &&
                                  Catch::Contains("the app's own public key"));

  for (const auto* name : {"app_cert_file", "alipay_cert_file", "alipay_root_cert_file"}) {
    CAPTURE(name);
    auto mixed = AlipayPeer(false).settings();
    mixed[name] = by_certificates.at(name);
    CHECK_THAT(refusal(mixed), Catch::Contains("alipay_public_key_file") &&
                                   Catch::Contains("contradicts") && Catch::Contains(name));
    mixed.erase("alipay_public_key_file");
    CHECK_THAT(refusal(mixed), Catch::Contains("is missing: it belongs to"));
  }
  auto both = by_certificates;
  both["alipay_public_key_file"] = keys.alipay.public_pem();
  CHECK_THAT(refusal(both), Catch::Contains("alipay_public_key_file"));

  auto swapped = by_certificates;
  std::swap(swapped["app_cert_file"], swapped["alipay_cert_file"]);
  CHECK_THAT(refusal(swapped), Catch::Contains("app_cert_file"));
  auto twice = by_certificates;
  twice["alipay_cert_file"] = twice["app_cert_file"];
  CHECK_THAT(refusal(twice), Catch::Contains("alipay_cert_file"));
  auto foreign = by_certificates;
  foreign["app_private_key_file"] = keys.other.private_pem();
  CHECK_THAT(refusal(foreign), Catch::Contains("app_cert_file"));
  auto key_for_certificate = by_certificates;
  key_for_certificate["alipay_root_cert_file"] = keys.alipay.public_pem();
  CHECK_THAT(refusal(key_for_certificate), Catch::Contains("alipay_root_cert_file"));
}

TEST_CASE("a gateway without a path is completed by Alipay's own", "[channel][alipay]") {
  const AlipayPeer peer(false);
  const auto url = [&](const std::string& gateway) {
    const Made made(plugin_of("alipay"), gateway, peer.settings_json());
    const Run run(made, peer.wish(sdk::OperationKind::query), AlipayPeer::now_ms);
    return run.request().url.substr(0, run.request().url.find('?'));
  };
  CHECK(url("http://127.0.0.1:9090") == "http://127.0.0.1:9090/gateway.do");
  CHECK(url("http://127.0.0.1:9090/") == "http://127.0.0.1:9090/gateway.do");
  CHECK(url("https://example.com/alipay/gateway.do") == "https://example.com/alipay/gateway.do");
  CHECK(url("https://openapi-sandbox.dl.alipaydev.com/gateway.do") ==
        "https://openapi-sandbox.dl.alipaydev.com/gateway.do");
}

}  // namespace tollgate::test
