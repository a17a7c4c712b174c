#include "app/config.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "app/config_internal.hpp"
#include "base/money.hpp"
#include "channel/exchanger.hpp"
#include "channel/words.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t max_file_bytes = 1024 * 1024;
constexpr std::size_t max_url = 2048;
constexpr std::size_t max_setting = 65'536;
constexpr std::string_view wechat_authorize_url =
    "https://open.weixin.qq.com/connect/oauth2/authorize";
constexpr std::string_view wechat_token_url = "https://api.weixin.qq.com/sns/oauth2/access_token";
constexpr std::int64_t max_gap_s = 2'592'000;

class Reader {
 public:
  Reader(Config& config, const ConfigSources& sources, json::Errors& errors)
      : config_(config), sources_(sources), errors_(errors) {}

  void read(json::Object& root) {
    reject_unknown(root, {"listen", "public_url", "database", "plugin_dir", "api_keys", "order",
                          "payment", "callbacks", "refunds", "webhooks", "reconciliation",
                          "accounts", "threads", "trusted_proxies", "log_level"});
    server(root);
    database(root);
    plugin_dir(root);
    root.objects("api_keys", 0, 1000, [&](json::Object& key) { api_key(key); });
    if (auto order = root.optional_object("order")) this->order(*order);
    if (auto payment = root.optional_object("payment")) this->payment(*payment);
    if (auto callbacks = root.optional_object("callbacks")) this->callbacks(*callbacks);
    if (auto refunds = root.optional_object("refunds")) this->refunds(*refunds);
    if (auto webhooks = root.optional_object("webhooks")) this->webhooks(*webhooks);
    if (auto given = root.optional_object("reconciliation")) reconciliation(*given);
    std::size_t index = 0;
    root.objects("accounts", 0, 1000, [&](json::Object& entry) { account(entry, index++); });
  }

 private:
  template <class T>
  void integer(json::Object& from, std::string_view name, json::IntRule rule, T& out,
               int unit = 1) {
    if (const auto value = from.optional_integer(name, rule)) out = static_cast<T>(*value * unit);
  }
  void gaps(json::Object& from, std::string_view name, std::int64_t min,
            std::vector<std::int64_t>& out) {
    if (from.has(name)) out = from.integers(name, {min, max_gap_s});
  }

  void server(json::Object& root) {
    if (const auto listen = root.optional_text("listen")) {
      if (const auto endpoint = parse_endpoint(*listen))
        config_.listen_address = endpoint->address, config_.listen_port = endpoint->port;
      else if (!listen->empty())
        errors_.add("/listen", "must be an IP address and a port, like 127.0.0.1:8080");
    }
    config_.public_url = without_slash_at_end(root.text("public_url", {.max = max_url}));
    if (!config_.public_url.empty())
      if (auto problem = web_url_problem(config_.public_url)) errors_.add("/public_url", *problem);
    integer(root, "threads", {1, 64}, config_.threads);
    config_.trusted_proxies = root.texts("trusted_proxies", 0, 100);
    for (std::size_t i = 0; i < config_.trusted_proxies.size(); ++i)
      if (const auto& text = config_.trusted_proxies[i]; !text.empty() && !is_ip_address(text))
        errors_.add("/trusted_proxies/" + std::to_string(i), "must be an IP address");
    choice<log::Level>(root, "log_level", config_.log_level,
                       {{"debug", log::Level::debug},
                        {"info", log::Level::info},
                        {"warn", log::Level::warn},
                        {"error", log::Level::error}});
  }

  template <class T>
  void choice(json::Object& from, std::string_view name, T& out,
              std::initializer_list<std::pair<std::string_view, T>> words) {
    const auto text = from.optional_text(name);
    if (!text || text->empty()) return;
    std::string all;
    for (const auto& [word, value] : words) {
      if (word == *text) return void(out = value);
      all.append(all.empty() ? "" : ", ").append(word);
    }
    errors_.add(from.pointer(name), "must be one of " + all);
  }

  void database(json::Object& root) {
    const std::string_view sqlite = "sqlite:";
    const auto url = root.text("database", {.max = max_url});
    if (url.starts_with(sqlite) && url.size() > sqlite.size())
      config_.database_url =
          std::string(sqlite) + resolve_path(config_.file, url.substr(sqlite.size()));
    else if (url.starts_with("mysql://") && url.size() > 8)
      config_.database_url = url;
    else if (!url.empty())
      errors_.add("/database",
                  "must be \"sqlite:<path>\" or \"mysql://user:password@host:port/name\"");
    if (sources_.environment("TOLLGATE_GROUP_COMMIT") == "off") config_.database_group = 1;
  }

  void plugin_dir(json::Object& root) {
    const auto given = root.optional_text("plugin_dir", {.max = max_url}).value_or("plugins");
    if (given.empty()) return;
    std::error_code failed;
    config_.plugin_dir = resolve_path(config_.file, given);
    if (std::filesystem::is_directory(config_.plugin_dir, failed)) return;
    const auto beside = std::filesystem::path(sources_.executable_dir) / "plugins";
    if (given == "plugins" && std::filesystem::is_directory(beside, failed))
      config_.plugin_dir = beside.string();
    else
      errors_.add("/plugin_dir", "there is no directory " + config_.plugin_dir);
  }

  void api_key(json::Object& from) {
    reject_unknown(from, {"name", "role", "sha256"});
    api::ApiKey key;
    key.name = from.text("name", {.max = 64});
    if (!key.name.empty() && !key_names_.insert(key.name).second)
      errors_.add(from.pointer("name"), "the name stands twice");
    from.text("role");
    choice<api::Role>(from, "role", key.role,
                      {{"merchant", api::Role::merchant}, {"admin", api::Role::admin}});
    key.sha256_hex = from.text("sha256");
    for (char& c : key.sha256_hex)
      if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const bool hex = key.sha256_hex.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!key.sha256_hex.empty() && (key.sha256_hex.size() != 64 || !hex))
      errors_.add(from.pointer("sha256"), "must be 64 hexadecimal digits (see tollgate hash-key)");
    config_.api_keys.push_back(std::move(key));
  }

  void order(json::Object& from) {
    reject_unknown(from, {"expires_in"});
    integer(from, "expires_in", {1, 604'800}, config_.order_expires_in_s);
  }

  void payment(json::Object& from) {
    reject_unknown(from, {"query_gaps", "channel_timeout"});
    gaps(from, "query_gaps", 1, config_.payment_query_gaps_s);
    integer(from, "channel_timeout", {1, 120}, config_.channel_timeout_ms, 1000);
  }

  void callbacks(json::Object& from) {
    reject_unknown(from, {"max_body", "max_age", "late_payment"});
    integer(from, "max_body", {1, 1024 * 1024}, config_.callback_max_body_bytes);
    integer(from, "max_age", {1, 86'400}, config_.callback_max_age_s);
    choice<LatePayment>(from, "late_payment", config_.late_payment,
                        {{"refund", LatePayment::refund},
                         {"accept", LatePayment::accept},
                         {"hold", LatePayment::hold}});
  }

  void refunds(json::Object& from) {
    reject_unknown(from, {"approval_over"});
    auto limits = from.optional_object("approval_over");
    if (!limits) return;
    for (const auto& code : limits->names()) {
      config_.refund_approval_over[code] = limits->integer(code, {.min = 0});
      if (!Currency::parse(code))
        errors_.add(limits->pointer(code), "is no currency that is known");
    }
    if (!config_.refund_approval_over.empty() && config_.api_keys.size() < 2)
      errors_.add(from.pointer("approval_over"), "takes a second API key, which alone can approve");
  }

  void webhooks(json::Object& from) {
    reject_unknown(from, {"timeout", "gaps", "allow_private_networks"});
    integer(from, "timeout", {1, 60}, config_.webhook_timeout_ms, 1000);
    gaps(from, "gaps", 0, config_.webhook_gaps_s);
    config_.webhook_allow_private_networks =
        from.optional_boolean("allow_private_networks").value_or(false);
  }

  void reconciliation(json::Object& from) {
    reject_unknown(from, {"daily", "at"});
    config_.reconciliation_daily = from.optional_boolean("daily").value_or(true);
    const auto at = from.optional_text("at", {.max = 8});
    if (!at) return;
    const auto second = parse_time_of_day(*at);
    if (second)
      config_.reconciliation_at_s = *second;
    else
      errors_.add(from.pointer("at"), "must be a time of the UTC day, like \"03:00\"");
  }

  void account(json::Object& from, std::size_t index) {
    reject_unknown(from, {"id", "channel", "gateway", "settings", "openid", "fee_rate"});
    AccountEntry entry;
    entry.index = index;
    entry.id = from.text("id", {.max = 64});
    if (!entry.id.empty() && !is_account_id(entry.id))
      errors_.add(from.pointer("id"), "must be [a-z0-9-], at most 64 characters"), entry.id.clear();
    if (!entry.id.empty() && !account_ids_.insert(entry.id).second)
      errors_.add(from.pointer("id"), "the account id stands twice"), entry.id.clear();
    entry.channel = from.text("channel", {.max = 32});
    if (!entry.channel.empty() && !channel::is_word(entry.channel, 32))
      errors_.add(from.pointer("channel"), "must be [a-z0-9_]"), entry.channel.clear();
    entry.gateway = without_slash_at_end(from.text("gateway", {.max = max_url}));
    if (auto problem = gateway_problem(entry.gateway))
      errors_.add(from.pointer("gateway"), *problem), entry.gateway.clear();
    const bool settled = settings(from, entry);
    const bool known = openid(from, entry);
    if (const auto rate = from.optional_text("fee_rate", {.max = 16})) {
      entry.fee_ppm = parse_millionths(*rate);
      if (!entry.fee_ppm)
        errors_.add(from.pointer("fee_rate"), "must be a decimal like \"0.006\", at most 1");
    }
    if (settled && known && !entry.id.empty() && !entry.channel.empty() && !entry.gateway.empty())
      config_.accounts.push_back(std::move(entry));
  }

  static bool is_account_id(const std::string& id) {
    return std::ranges::all_of(
        id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  }

  static std::optional<std::string> gateway_problem(const std::string& gateway) {
    if (gateway.empty()) return std::nullopt;  // complained of already
    if (auto problem = web_url_problem(gateway)) return problem;
    if (channel::forbidden_url(gateway))
      return "must be https (http is for loopback addresses only)";
    return std::nullopt;
  }

  /// True where it is sound, or not there.
  bool openid(json::Object& from, AccountEntry& entry) {
    if (!from.has("openid")) return true;
    auto given = from.optional_object("openid");
    if (!given) return false;
    reject_unknown(*given, {"app_id", "app_secret", "authorize_url", "token_url"});
    OpenidEntry read;
    read.app_id = given->text("app_id", {.max = 64});
    read.app_secret = Secret<std::string>(given->text("app_secret", {.max = 128}));
    read.authorize_url = web_address(*given, "authorize_url", wechat_authorize_url);
    read.token_url = web_address(*given, "token_url", wechat_token_url);
    const bool sound = !read.app_id.empty() && !read.app_secret.reveal().empty() &&
                       !read.authorize_url.empty() && !read.token_url.empty();
    entry.openid = std::move(read);
    return sound;
  }

  /// Empty where it is none.
  std::string web_address(json::Object& from, std::string_view name, std::string_view otherwise) {
    auto url = from.optional_text(name, {.max = max_url}).value_or(std::string(otherwise));
    const auto problem = gateway_problem(url);
    if (problem) errors_.add(from.pointer(name), *problem);
    return problem ? std::string() : url;
  }

  bool settings(json::Object& from, AccountEntry& entry) {
    auto settings = from.optional_object("settings");
    if (!settings) {
      if (!from.has("settings")) errors_.add(from.pointer("settings"), "is missing");
      return false;
    }
    bool sound = true;
    for (const auto& name : settings->names()) {
      auto value = settings->text(name, {.max = max_setting, .control_characters = true});
      sound = sound && !value.empty();
      entry.settings.emplace_back(name, Secret<std::string>(std::move(value)));
    }
    return sound;
  }

  Config& config_;
  const ConfigSources& sources_;
  json::Errors& errors_;
  std::set<std::string> key_names_, account_ids_;
};

}  // namespace

void throw_exception_from_error(const ConfigProblems&, const boost::source_location&) {
  throw std::logic_error("the value of a configuration with problems was asked for");
}

ConfigSources ConfigSources::of_process() {
  ConfigSources sources;
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    // Nothing in this process changes the environment.
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  std::error_code failed;
  sources.executable_dir =
      std::filesystem::read_symlink("/proc/self/exe", failed).parent_path().string();
  return sources;
}

ConfigReading read_config(const std::string& file, const ConfigSources& sources) {
  ConfigReading reading;
  reading.config.file = std::filesystem::absolute(file).lexically_normal().string();
  const auto content = read_text_file(reading.config.file, max_file_bytes);
  if (!content.text) {
    reading.problems.list.push_back({"", "cannot be read: " + content.problem});
    return reading;
  }
  const auto document = json::Document::parse(*content.text, true);
  if (!document) {
    reading.problems.list = document.error().fields;
    return reading;
  }
  json::Errors errors;
  const auto expanded = expand_variables(*document, sources.environment, errors);
  json::Object root(expanded, errors);
  if (expanded.is_object()) Reader(reading.config, sources, errors).read(root);
  // A variable that is unset leaves an empty text behind: one complaint about it is enough.
  std::set<std::string> complained;
  for (auto& problem : errors.take().fields)
    if (complained.insert(problem.pointer).second)
      reading.problems.list.push_back(std::move(problem));
  return reading;
}

ConfigResult<Config> load_config(const std::string& file, const ConfigSources& sources) {
  auto reading = read_config(file, sources);
  if (!reading.problems.list.empty()) return std::move(reading.problems);
  return std::move(reading.config);
}

std::string database_file(const Config& config) {
  constexpr std::string_view scheme = "sqlite:";
  if (!config.database_url.starts_with(scheme))
    throw std::runtime_error("/database: only sqlite: is built in");
  return config.database_url.substr(scheme.size());
}

}  // namespace tollgate::app
