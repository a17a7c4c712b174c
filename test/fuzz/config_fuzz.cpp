// The configuration file: read, variables put in, accounts built. Whatever is wrong is a problem
// with a pointer that gives no secret away; what is right is within its bounds.
#include <fstream>

#include "app/accounts.hpp"
#include "app/config_internal.hpp"
#include "base/random.hpp"
#include "base/utf8.hpp"
#include "channel/exchanger.hpp"
#include "channels.hpp"
#include "fuzz.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace tollgate;

constexpr std::string_view secret = "zq9-s3cr3t-w7";

std::optional<std::string> variable(const std::string& name) {
  if (name == "SECRET") return std::string(secret);
  if (name == "QUOTES") return "\"}\\,${SECRET}\n/~\x01";
  if (name == "BROKEN") return "\xff\xc0";
  if (name == "EMPTY") return "";
  if (name == "KEY32") return "0123456789abcdef0123456789abcdef";
  return std::nullopt;
}

/// A folder with an account's key files, the plugins' registry, and the file that is read.
struct Place {
  test::TempDir dir;
  channel::PluginRegistry registry;
  app::ConfigSources sources{variable, ""};

  Place() {
    sources.executable_dir = dir.file("bin");
    std::filesystem::create_directory(dir.file("plugins"));
    const auto& first = fuzz::channels().front();
    write("key.pem", key_of(first.make()->peer().settings_json(), "merchant_private_key_file"));
    write("pub.pem", key_of(first.make()->peer().settings_json(), "platform_public_key_file"));
    for (const auto& channel : fuzz::channels())
      if (!registry.find(channel.name))
        registry.add(channel::Plugin::from_entry(channel.entry, std::string(channel.name)).value())
            .value();
  }

  static std::string key_of(const std::string& settings, std::string_view name) {
    const auto document = json::Document::parse(settings).value();
    json::Errors errors;
    return json::Object(document, errors).text(name, {0, 65'536, true});
  }

  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(dir.file(name), std::ios::binary) << text;
    return dir.file(name);
  }
};

bool may_hold_secret(std::string_view pointer) {
  // Names of files, channels and folders are told; settings are not.
  return pointer.find("/settings") == pointer.npos || pointer.ends_with("_file");
}

void check_problems(const std::vector<FieldError>& problems) {
  for (const auto& problem : problems) {
    MUST(problem.pointer.empty() || problem.pointer.starts_with('/'));
    MUST(!problem.detail.empty());
    MUST(is_valid_utf8(problem.pointer) && is_valid_utf8(problem.detail));
    if (!may_hold_secret(problem.pointer)) MUST(problem.detail.find(secret) == std::string::npos);
  }
}

void check_sound(const app::Config& config) {
  MUST(config.threads >= 1 && config.threads <= 64);
  MUST(app::is_ip_address(config.listen_address));
  MUST(!app::web_url_problem(config.public_url) && !config.public_url.ends_with('/'));
  MUST(config.plugin_dir.starts_with('/'));
  MUST(config.database_url.starts_with("sqlite:/") || config.database_url.starts_with("mysql:"));
  MUST(config.order_expires_in_s >= 1 && config.order_expires_in_s <= 604'800);
  MUST(config.channel_timeout_ms >= 1000 && config.channel_timeout_ms <= 120'000);
  MUST(config.callback_max_body_bytes >= 1 && config.callback_max_age_s >= 1);
  MUST(config.webhook_timeout_ms >= 1000 && config.webhook_timeout_ms <= 60'000);
  MUST(!config.payment_query_gaps_s.empty() && !config.webhook_gaps_s.empty());
  for (const auto gap_s : config.payment_query_gaps_s) MUST(gap_s >= 1);
  for (const auto gap_s : config.webhook_gaps_s) MUST(gap_s >= 0);
  for (const auto& proxy : config.trusted_proxies) MUST(app::is_ip_address(proxy));
  for (const auto& key : config.api_keys) MUST(!key.name.empty() && key.sha256_hex.size() == 64);
}

void check_account(const app::AccountEntry& entry) {
  MUST(!entry.id.empty() && entry.id.size() <= 64);
  MUST(!entry.channel.empty() && !entry.gateway.ends_with('/'));
  MUST(!channel::forbidden_url(entry.gateway));
  for (const auto& [name, value] : entry.settings) MUST(is_valid_utf8(value.reveal()));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Place place;
  static SeededRandom random(1);
  static const ManualClock clock;
  const auto file = place.write("tollgate.json", {reinterpret_cast<const char*>(data), size});
  const auto reading = app::read_config(file, place.sources);
  check_problems(reading.problems.list);
  if (reading.problems.list.empty()) check_sound(reading.config);
  for (const auto& entry : reading.config.accounts) check_account(entry);
  const auto accounts = app::build_accounts(reading.config, place.registry, random, clock);
  if (!accounts) check_problems(accounts.error().list);
  return 0;
}
