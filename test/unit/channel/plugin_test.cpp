#include "channel/plugin.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "support/temp_dir.hpp"
#include "toy_plugin.hpp"

using namespace tollgate;
using channel::Plugin;
using channel::PluginRegistry;

namespace {

std::string broken(const std::string& name) {
  return std::string(TOLLGATE_BROKEN_DIR) + "/" + name + ".so";
}

const tg_plugin& toy_abi() {
  static const auto plugin = test::toy_plugin();
  return plugin->abi();
}

}  // namespace

TEST_CASE("P10: a plugin that breaks a rule is refused, with its path and the cause") {
  struct Row {
    const char* file;
    const char* cause;
  };
  const auto row = GENERATE(values<Row>({
      {"wrong_major", "plugin speaks ABI major 2, this server speaks 1"},
      {"lying_major", "plugin speaks ABI major 3, this server speaks 1"},
      {"no_symbol", "is no channel plugin: it does not export tollgate_channel_plugin_v1"},
      {"null_entry", "its entry function answers null"},
      {"null_function", "the function resume is null"},
      {"short_struct", "the function resume is null"},
      {"no_capabilities", "it has no capabilities"},
      {"many_capabilities", "more than 64 capabilities"},
      {"bad_word", "the channel's word must be [a-z0-9_]{1,32}"},
      {"no_component", "method native has no component"},
      {"missing_file", "cannot be loaded"},
  }));
  const auto plugin = Plugin::load(broken(row.file));
  REQUIRE_FALSE(plugin.has_value());
  INFO(plugin.error().detail);
  CHECK(plugin.error().detail.find(broken(row.file)) != std::string::npos);
  CHECK(plugin.error().detail.find(row.cause) != std::string::npos);
}

TEST_CASE("a file that is no shared library is refused by name") {
  test::TempDir dir;
  std::ofstream(dir.file("text.so")) << "not an ELF";
  const auto plugin = Plugin::load(dir.file("text.so"));
  REQUIRE_FALSE(plugin.has_value());
  CHECK(plugin.error().detail.find(dir.file("text.so")) == 0);
}

TEST_CASE("what a plugin declares comes over as it is") {
  const auto plugin = test::toy_plugin();
  CHECK(plugin->channel() == "toy");
  CHECK(plugin->version() == "1.2.3");
  REQUIRE(plugin->capabilities().size() == 2);
  const auto& qr = plugin->capabilities()[0];
  CHECK(qr.method == "qr");
  CHECK(qr.has(sdk::OperationKind::refund));
  CHECK_FALSE(qr.has(sdk::OperationKind::fetch_bill));
  CHECK(qr.takes("USD"));
  CHECK_FALSE(qr.takes("JPY"));
  CHECK(qr.amount_max == 1'000'000);
  CHECK(plugin->capabilities()[1].takes("JPY"));
  REQUIRE(plugin->settings().size() == 1);
  CHECK(plugin->settings()[0].flags == (TG_SETTING_REQUIRED | TG_SETTING_SECRET));
}

TEST_CASE("a plugin of a newer minor, with longer structs, is understood") {
  struct LongCapability {
    tg_capability known;
    std::uint64_t later[3];
  };
  struct LongPlugin {
    tg_plugin known;
    void* later[4];
  };
  static LongCapability capabilities[2];
  static LongPlugin made;
  made.known = toy_abi();
  for (int i = 0; i < 2; ++i) {
    capabilities[i].known = toy_abi().capabilities[i];
    capabilities[i].known.struct_size = sizeof(LongCapability);
  }
  made.known.struct_size = sizeof(LongPlugin);
  made.known.abi_minor = 9;
  made.known.capabilities = &capabilities[0].known;
  const auto plugin = Plugin::from_entry([]() -> const tg_plugin* { return &made.known; }, "newer");
  REQUIRE(plugin.has_value());
  CHECK((*plugin)->capabilities()[1].method == "link");
}

TEST_CASE("capabilities that contradict themselves are refused") {
  static tg_plugin made;
  static tg_capability capabilities[2];
  made = toy_abi();
  capabilities[0] = capabilities[1] = toy_abi().capabilities[0];
  made.capabilities = capabilities;
  const auto why = [] {
    auto plugin = Plugin::from_entry([]() -> const tg_plugin* { return &made; }, "x");
    return plugin ? std::string("accepted") : plugin.error().detail;
  };
  CHECK(why() == "x: two capabilities are of one method");
  made.capability_count = 1;
  CHECK(why() == "accepted");
  capabilities[0].currencies = {"CNY,usd", 7};
  CHECK(why().find("currencies") != std::string::npos);
  capabilities[0].currencies = {"", 0};
  CHECK(why().find("currencies") != std::string::npos);
  capabilities[0].currencies = {"*", 1};
  capabilities[0].action = 99;
  CHECK(why().find("unknown value 99") != std::string::npos);
  capabilities[0].action = TG_ACTION_QR;
  capabilities[0].needs = 1u << 30;
  CHECK(why().find("needs something") != std::string::npos);
  capabilities[0].needs = 0;
  capabilities[0].amount_max = -1;
  CHECK(why().find("amount_max") != std::string::npos);
  capabilities[0].amount_max = 0;
  capabilities[0].struct_size = 3;
  CHECK(why().find("struct_size") != std::string::npos);
}

TEST_CASE("a directory is loaded in name order, twice without effect; a channel has one file") {
  namespace fs = std::filesystem;
  test::TempDir dir;
  PluginRegistry registry;
  CHECK(registry.load_directory(dir.file("")).value() == 0);
  fs::copy_file(broken("same_channel"), dir.file("a.so"));
  std::ofstream(dir.file("notes.txt")) << "not a plugin";
  CHECK(registry.load_directory(dir.file("")).value() == 1);
  CHECK(registry.load_directory(dir.file("")).value() == 0);
  CHECK(registry.find("stub") != nullptr);
  CHECK(registry.find("paypal") == nullptr);

  fs::copy_file(broken("no_step"), dir.file("b.so"));
  const auto second = registry.load_directory(dir.file(""));
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().detail.find("b.so") != std::string::npos);
  CHECK(second.error().detail.find("a.so") != std::string::npos);
  CHECK(registry.all().size() == 1);
}

TEST_CASE("a plugin directory that is not there is an error that names it") {
  PluginRegistry registry;
  const auto loaded = registry.load_directory("/nowhere/at/all");
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().detail.find("/nowhere/at/all") != std::string::npos);
}
