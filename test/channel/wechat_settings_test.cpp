// WeChat Pay: what an account must be told.
#include <catch2/catch.hpp>

#include "wechat_peer.hpp"

namespace tollgate::test {

TEST_CASE("each wrong or missing setting of WeChat Pay is named, and no value is shown (P9, P12)",
          "[channel][wechat]") {
  const WechatPeer peer(false);
  const tg_plugin& plugin = *subjects().front().forms.front().plugin;
  const auto refusal = [&](const std::map<std::string, std::string>& settings) -> std::string {
    try {
      const Made made(plugin, peer.gateway(), WechatPeer::to_json(settings));
    } catch (const sdk::SettingError& e) {
      return e.what();
    }
    return "";
  };
  CHECK(refusal(peer.settings()).empty());
  for (const auto& [name, value] : peer.settings()) {
    CAPTURE(name);
    auto settings = peer.settings();
    settings.erase(name);
    CHECK_THAT(refusal(settings), Catch::Contains(name));
    for (const std::string bad : {"", "\x01", "not \"right\""}) {
      settings[name] = bad;
      CHECK_THAT(refusal(settings), Catch::Contains(name));
      if (bad.size() > 1) CHECK_THAT(refusal(settings), !Catch::Contains(bad));
    }
  }
  auto settings = peer.settings();
  settings["api_v3_key"] = std::string(31, 'k');
  CHECK_THAT(refusal(settings), Catch::Contains("api_v3_key") && !Catch::Contains("kkk"));
  settings = peer.settings();
  settings["platform_public_key_id"] = "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC";
  CHECK_THAT(refusal(settings), Catch::Contains("platform_public_key_id"));
  settings = peer.settings();
  settings["merchant_private_key_file"] = KeyPair(1024).private_pem();
  CHECK_THAT(refusal(settings), Catch::Contains("merchant_private_key_file"));
}

}  // namespace tollgate::test
