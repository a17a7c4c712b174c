#include "app/config.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "config_fixture.hpp"

using namespace tollgate;
using namespace tollgate::app;
using test::ConfigFolder;

namespace {

const std::string sha(64, 'a');

}  // namespace

TEST_CASE("the documented file is read, comments and trailing commas and all") {
  ConfigFolder folder;
  folder.environment["WX_KEY"] = "the \"key\"";
  const auto file = folder.write(R"({
    "listen": "127.0.0.1:9080",                       // a comment
    "public_url": "https://pay.example.com/base/",
    "database": "sqlite:data/tollgate.db",
    "plugin_dir": "plugins",
    "api_keys": [{"name": "shop", "role": "merchant", "sha256": ")" +
                                 std::string(64, 'A') + R"("},
                 {"name": "ops", "role": "admin", "sha256": ")" +
                                 sha + R"("}],
    "order": {"expires_in": 60},
    "payment": {"query_gaps": [5, 10], "channel_timeout": 7},
    "callbacks": {"max_body": 1000, "max_age": 60, "late_payment": "hold"},
    "refunds": {"approval_over": {"CNY": 100000, "JPY": 0}},
    "webhooks": {"timeout": 3, "gaps": [0, 1], "allow_private_networks": true},
    "accounts": [{"id": "wx-main", "channel": "wechat", "gateway": "http://127.0.0.1:9090/",
                  "settings": {"api_v3_key": "a ${WX_KEY} b", "mch_id": "19"}}],
    "threads": 3, "trusted_proxies": ["10.0.0.1", "::1"], "log_level": "debug",
  })");
  const auto loaded = load_config(file, folder.sources);
  REQUIRE(loaded.has_value());
  const auto& c = *loaded;
  CHECK(c.listen_address == "127.0.0.1");
  CHECK(c.listen_port == 9080);
  CHECK(c.public_url == "https://pay.example.com/base");
  CHECK(c.database_url == "sqlite:" + folder.dir.file("data/tollgate.db"));
  CHECK(c.plugin_dir == folder.dir.file("plugins"));
  REQUIRE(c.api_keys.size() == 2);
  CHECK(c.api_keys[0].sha256_hex == sha);
  CHECK(c.api_keys[0].role == api::Role::merchant);
  CHECK(c.api_keys[1].role == api::Role::admin);
  CHECK(c.order_expires_in_s == 60);
  CHECK(c.payment_query_gaps_s == std::vector<std::int64_t>{5, 10});
  CHECK(c.channel_timeout_ms == 7'000);
  CHECK(c.callback_max_body_bytes == 1'000);
  CHECK(c.callback_max_age_s == 60);
  CHECK(c.late_payment == LatePayment::hold);
  CHECK(c.refund_approval_over.at("CNY") == 100'000);
  CHECK(c.refund_approval_over.at("JPY") == 0);
  CHECK(c.webhook_timeout_ms == 3'000);
  CHECK(c.webhook_gaps_s == std::vector<std::int64_t>{0, 1});
  CHECK(c.webhook_allow_private_networks);
  CHECK(c.threads == 3);
  CHECK(c.trusted_proxies.size() == 2);
  CHECK(c.log_level == log::Level::debug);
  REQUIRE(c.accounts.size() == 1);
  CHECK(c.accounts[0].gateway == "http://127.0.0.1:9090");
  CHECK(c.accounts[0].settings.at(0).second.reveal() == "a the \"key\" b");
}

TEST_CASE("what is left out has the documented default") {
  ConfigFolder folder;
  const auto c = folder.load().value();
  CHECK(c.listen_address == "127.0.0.1");
  CHECK(c.listen_port == 8080);
  CHECK(c.order_expires_in_s == 1800);
  CHECK(c.payment_query_gaps_s.size() == 12);
  CHECK(c.channel_timeout_ms == 15'000);
  CHECK(c.callback_max_body_bytes == 65'536);
  CHECK(c.callback_max_age_s == 300);
  CHECK(c.late_payment == LatePayment::refund);
  CHECK(c.refund_approval_over.empty());
  CHECK(c.webhook_gaps_s.size() == 10);
  CHECK_FALSE(c.webhook_allow_private_networks);
}

TEST_CASE("P12: a bad value is named by its pointer") {
  struct Row {
    const char* members;
    const char* problem;
  };
  const auto row = GENERATE(values<Row>({
      {R"("listen": "8080")", "/listen: must be an IP address and a port"},
      {R"("listen": "example.com:80")", "/listen: must be"},
      {R"("listen": "127.0.0.1:70000")", "/listen: must be"},
      {R"("listen": "127.0.0.1:")", "/listen: must be"},
      {R"("listen": "::1:80")", "/listen: must be"},
      {R"("listen": 8080)", "/listen: must be a string"},
      {R"("order": {"expires_in": 0})", "/order/expires_in: must be at least 1"},
      {R"("order": {"expires_in": 604801})", "/order/expires_in: must be at most 604800"},
      {R"("order": 5)", "/order: must be an object"},
      {R"("payment": {"query_gaps": []})", "/payment/query_gaps: must be an array of 1 to 100"},
      {R"("payment": {"query_gaps": [5, 0]})", "/payment/query_gaps/1: must be at least 1"},
      {R"("payment": {"channel_timeout": 121})", "/payment/channel_timeout: must be at most 120"},
      {R"("callbacks": {"max_body": 1048577})", "/callbacks/max_body: must be at most 1048576"},
      {R"("callbacks": {"late_payment": "keep"})",
       "/callbacks/late_payment: must be one of refund, accept, hold"},
      {R"("webhooks": {"timeout": 61})", "/webhooks/timeout: must be at most 60"},
      {R"("webhooks": {"gaps": [-1]})", "/webhooks/gaps/0: must be at least 0"},
      {R"("webhooks": {"allow_private_networks": 1})",
       "/webhooks/allow_private_networks: must be true or false"},
      {R"("threads": 0)", "/threads: must be at least 1"},
      {R"("trusted_proxies": ["proxy"])", "/trusted_proxies/0: must be an IP address"},
      {R"("log_level": "loud")", "/log_level: must be one of debug, info, warn, error"},
      {R"("plugin_dir": "elsewhere")", "/plugin_dir: there is no directory"},
      {R"("api_keys": [{"name": "a", "role": "merchant", "sha256": "abc"}])",
       "/api_keys/0/sha256: must be 64 hexadecimal digits"},
      {R"("api_keys": [{"name": "a", "role": "root", "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}])",
       "/api_keys/0/role: must be one of merchant, admin"},
      {R"("api_keys": [{"name": "a", "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}])",
       "/api_keys/0/role: is missing"},
      {R"("webhook": {})", "/webhook: is not a known key; did you mean \"webhooks\"?"},
      {R"("order": {"expire_in": 5})",
       "/order/expire_in: is not a known key; did you mean \"expires_in\"?"},
      {R"("zzz": 1)", "/zzz: is not a known key\n"},
      {R"("listen": "${NO_SUCH}")", "/listen: the environment variable NO_SUCH is not set"},
      {R"("listen": "${9}")", "/listen: \"${\" must begin a reference"},
      {R"("listen": "x${OPEN")", "/listen: \"${\" must begin a reference"},
      {R"("accounts": [{"id": "A_1", "channel": "x", "gateway": "https://x.example", "settings": {}}])",
       "/accounts/0/id: must be [a-z0-9-]"},
      {R"("accounts": [{"id": "a", "channel": "x", "gateway": "ftp://x.example", "settings": {}}])",
       "/accounts/0/gateway: must be an absolute http or https URL"},
      {R"("accounts": [{"id": "a", "channel": "x", "gateway": "http://x.example", "settings": {}}])",
       "/accounts/0/gateway: must be https"},
      {R"("accounts": [{"id": "a", "channel": "x", "gateway": "https://x.example"}])",
       "/accounts/0/settings: is missing"},
      {R"("accounts": [{"id": "a", "channel": "x", "gateway": "https://x.example", "settings": {"k": 1}}])",
       "/accounts/0/settings/k: must be a string"},
      {R"("accounts": [{"id": "a", "channel": "x", "gateway": "http://127.0.0.1.x.example", "settings": {}}])",
       "/accounts/0/gateway: must be an absolute http or https URL"},
      {R"("accounts": [{"id": "a", "channel": "x", "gateway": "https://x.example", "settings": {}, "openid": {"app_id": "wx1"}}])",
       "/accounts/0/openid/app_secret: is missing"},
      {R"("accounts": [{"id": "a", "channel": "x", "gateway": "https://x.example", "settings": {}, "openid": {"app_id": "wx1", "app_secret": "s", "token_url": "http://x.example"}}])",
       "/accounts/0/openid/token_url: must be https"},
      {R"("accounts": [{"id": "a", "channel": "x", "gateway": "https://x.example", "settings": {}, "openid": {"app_id": "wx1", "app_secret": "s", "secret": "s"}}])",
       "/accounts/0/openid/secret: is not a known key"},
      {R"("accounts": [7])", "/accounts/0: must be an object"},
  }));
  ConfigFolder folder;
  const auto problems = folder.problems(row.members);
  INFO(row.members);
  INFO(problems);
  CHECK(problems.find(row.problem) == 0);
  CHECK(std::count(problems.begin(), problems.end(), '\n') == 1);
}

TEST_CASE("P12: a bad limit of refunds is named by its pointer") {
  struct Row {
    const char* members;
    const char* problem;
  };
  const auto row = GENERATE(values<Row>({
      {R"("refunds": {"approval": {}})", "/refunds/approval: "},
      {R"("refunds": {"approval_over": 5})", "/refunds/approval_over: must be an object"},
      {R"("refunds": {"approval_over": {"CNY": -1}})",
       "/refunds/approval_over/CNY: must be at least"},
      {R"("refunds": {"approval_over": {"CNY": 1.5}})", "/refunds/approval_over/CNY: must be"},
      {R"("refunds": {"approval_over": {"YUAN": 1}})",
       "/refunds/approval_over/YUAN: is no currency"},
      {R"("refunds": {"approval_over": {"CNY": 1}})",
       "/refunds/approval_over: takes a second API key"},
  }));
  ConfigFolder folder;
  const auto problems = folder.problems(row.members);
  INFO(problems);
  CHECK(problems.find(row.problem) != std::string::npos);
}

TEST_CASE("names that must be unique are") {
  ConfigFolder folder;
  const std::string key = R"({"name": "a", "role": "admin", "sha256": ")" + sha + R"("})";
  CHECK(folder.problems(R"("api_keys": [)" + key + "," + key + "]") ==
        "/api_keys/1/name: the name stands twice\n");
  const std::string account =
      R"({"id": "a", "channel": "x", "gateway": "https://x.example", "settings": {}})";
  CHECK(folder.problems(R"("accounts": [)" + account + "," + account + "]") ==
        "/accounts/1/id: the account id stands twice\n");
}

TEST_CASE("all problems come at once") {
  ConfigFolder folder;
  const auto file = folder.write(R"({"listen": "x", "database": "postgres://", "threads": 0})");
  const auto loaded = load_config(file, folder.sources);
  REQUIRE_FALSE(loaded.has_value());
  const auto text = ConfigFolder::text_of(loaded.error().list);
  for (const auto* pointer :
       {"/listen: ", "/public_url: is missing", "/database: must", "/threads: "})
    CHECK(text.find(pointer) != std::string::npos);
}

TEST_CASE("P12: what cannot be read at all is said so") {
  ConfigFolder folder;
  const auto detail = [&](const std::string& file) {
    return load_config(file, folder.sources).error().list.at(0).detail;
  };
  CHECK(detail(folder.dir.file("none.json")).find("No such file") != std::string::npos);
  CHECK(detail(folder.dir.file("")).find("directory") != std::string::npos);
  CHECK(detail(folder.write("{")).find("at byte") != std::string::npos);
  CHECK(detail(folder.write("[]")) == "must be an object");
  CHECK(detail(folder.write(R"({"listen": "a", "listen": "b"})")).find("twice") !=
        std::string::npos);
}

TEST_CASE("addresses and databases in their forms") {
  ConfigFolder folder;
  CHECK(folder.load(R"("listen": "[::1]:80")")->listen_address == "::1");
  CHECK(folder.load(R"("listen": "localhost:0")")->listen_address == "127.0.0.1");
  CHECK(folder.load(R"("listen": "0.0.0.0:65535")")->listen_port == 65535);
  const auto with_database = [&](const std::string& url) {
    return load_config(
        folder.write(R"({"public_url": "http://localhost:8080", "database": ")" + url + "\"}"),
        folder.sources);
  };
  CHECK(with_database("sqlite:/abs/x.db")->database_url == "sqlite:/abs/x.db");
  CHECK(with_database("mysql://u:p@h:3306/t")->database_url == "mysql://u:p@h:3306/t");
  CHECK_FALSE(with_database("sqlite:").has_value());
  CHECK_FALSE(with_database("x.db").has_value());
}

TEST_CASE("the default plugin folder may lie beside the executable; a named one may not") {
  ConfigFolder folder;
  std::filesystem::remove(folder.dir.file("plugins"));
  CHECK(folder.problems("").find("/plugin_dir: ") == 0);
  std::filesystem::create_directories(folder.dir.file("bin/plugins"));
  CHECK(folder.load()->plugin_dir == folder.dir.file("bin/plugins"));
  CHECK(folder.problems(R"("plugin_dir": "mine")").find("/plugin_dir: ") == 0);
}
