#include "app/accounts.hpp"

#include <catch2/catch.hpp>

#include "../channel/toy_plugin.hpp"
#include "config_fixture.hpp"

using namespace tollgate;
using namespace tollgate::app;
using test::ConfigFolder;

namespace {

/// A channel whose one setting that matters is a file.
const sdk::Descriptor& filed_descriptor() {
  class Filed final : public sdk::Channel {
   public:
    explicit Filed(std::string settings) : receiver_(std::move(settings)) {}
    std::string_view receiver() const override { return receiver_; }
    std::unique_ptr<sdk::Operation> begin(sdk::OperationInput) override { return nullptr; }
    std::unique_ptr<sdk::CallbackOperation> begin_callback(sdk::CallbackInput) override {
      return nullptr;
    }

   private:
    std::string receiver_;
  };
  static constexpr sdk::Capability capabilities[] = {
      {"qr", "*", "Filed", TG_COMPONENT(TG_OP_PAY), sdk::ActionType::qr}};
  static constexpr sdk::Setting settings[] = {
      {"private_key_file", TG_SETTING_REQUIRED | TG_SETTING_SECRET | TG_SETTING_FILE, "The key."},
      {"app_id", 0, "The app."}};
  static const sdk::Descriptor made{"filed",
                                    "1",
                                    "Filed",
                                    capabilities,
                                    settings,
                                    [](sdk::ChannelConfig config) -> std::unique_ptr<sdk::Channel> {
                                      return std::make_unique<Filed>(config.settings_json);
                                    }};
  return made;
}

struct Bench {
  ConfigFolder folder;
  channel::PluginRegistry registry;
  SeededRandom random{3};
  ManualClock clock;

  Bench() {
    registry.add(test::toy_plugin()).value();
    registry.add(channel::Plugin::from_entry(&sdk::glue::plugin<filed_descriptor>, "filed").value())
        .value();
  }
  ConfigResult<channel::AccountBook::List> build(const std::string& channel,
                                                 const std::string& settings) {
    const auto config =
        folder.load(R"("accounts": [{"id": "a", "channel": ")" + channel +
                    R"(", "gateway": "https://x.example", "settings": )" + settings + "}]");
    return build_accounts(config.value(), registry, random, clock);
  }
  std::string problems(const std::string& channel, const std::string& settings) {
    const auto built = build(channel, settings);
    return built ? "" : ConfigFolder::text_of(built.error().list);
  }
};

}  // namespace

TEST_CASE(
    "files that settings name reach the plugin as their contents, relative to the config file") {
  Bench bench;
  bench.folder.write("-----BEGIN\nKEY\n", "key.pem");
  const auto accounts = bench.build("filed", R"({"private_key_file": "key.pem", "app_id": "7"})");
  REQUIRE(accounts.has_value());
  CHECK(accounts->at(0)->receiver() == R"({"private_key_file":"-----BEGIN\nKEY\n","app_id":"7"})");
}

TEST_CASE("P9, P12: wrong settings are named by pointer and path, never by value") {
  Bench bench;
  bench.folder.write("\xff\xfe", "binary.der");
  CHECK(bench.problems("filed", R"({"private_key_file": "no.pem"})") ==
        "/accounts/0/settings/private_key_file: the file " + bench.folder.dir.file("no.pem") +
            " cannot be read: No such file or directory\n");
  CHECK(bench.problems("filed", R"({"private_key_file": "."})").find("it is a directory") !=
        std::string::npos);
  CHECK(bench.problems("filed", R"({"private_key_file": "binary.der"})").find("is not text") !=
        std::string::npos);
  CHECK(bench.problems("filed", "{}") ==
        "/accounts/0/settings/private_key_file: is missing: The key.\n");
  CHECK(bench.problems("toy", R"({"key": "k", "kee": "HUSH"})") ==
        "/accounts/0/settings/kee: the channel toy knows no such setting; did you mean \"key\"?\n");
  CHECK(bench.problems("toy", R"({"key": "wrong"})") ==
        "/accounts/0/settings: key: it is the wrong one\n");
}

TEST_CASE("P12: openids of a channel that needs none are a mistake, named by pointer") {
  Bench bench;
  const auto config = bench.folder.load(
      R"("accounts": [{"id": "a", "channel": "toy", "gateway": "https://x.example",
          "settings": {"key": "k"}, "openid": {"app_id": "wx1", "app_secret": "s"}}])");
  REQUIRE(config.has_value());
  CHECK(config->accounts.at(0).openid->authorize_url ==
        "https://open.weixin.qq.com/connect/oauth2/authorize");
  const auto built = build_accounts(*config, bench.registry, bench.random, bench.clock);
  REQUIRE(built.has_error());
  CHECK(ConfigFolder::text_of(built.error().list) ==
        "/accounts/0/openid: the channel toy has no method that needs it\n");
}

TEST_CASE("a channel without a plugin is named with the directory and what was found there") {
  Bench bench;
  CHECK(bench.problems("cash", "{}") ==
        "/accounts/0/channel: there is no plugin for the channel cash in " +
            bench.folder.dir.file("plugins") + " (found: toy, filed)\n");
}

TEST_CASE("accounts keep the order of the file, which routing follows") {
  Bench bench;
  const auto one = [](const char* id) {
    return std::string(R"({"id": ")") + id +
           R"(", "channel": "toy", "gateway": "https://x.example", "settings": {"key": "k"}})";
  };
  const auto config = bench.folder.load(R"("accounts": [)" + one("z") + "," + one("a") + "]");
  const auto accounts =
      build_accounts(config.value(), bench.registry, bench.random, bench.clock).value();
  CHECK(accounts.at(0)->id() == "z");
  CHECK(accounts.at(1)->id() == "a");
}

TEST_CASE("plugins that are refused do not hide the others") {
  Bench bench;
  namespace fs = std::filesystem;
  const std::string broken = TOLLGATE_BROKEN_DIR;
  fs::copy_file(broken + "/no_symbol.so", bench.folder.dir.file("plugins/a.so"));
  fs::copy_file(broken + "/same_channel.so", bench.folder.dir.file("plugins/b.so"));
  const auto config = bench.folder.load().value();
  channel::PluginRegistry registry;
  const auto problems = load_plugins(config, registry);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].pointer == "/plugin_dir");
  CHECK(problems[0].detail.find("a.so") != std::string::npos);
  CHECK(registry.find("stub") != nullptr);
}
