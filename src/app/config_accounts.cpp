#include <algorithm>

#include "app/accounts.hpp"
#include "app/config_internal.hpp"
#include "base/json_writer.hpp"
#include "base/utf8.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t max_setting_file_bytes = 256 * 1024;

const channel::Setting* declared(const channel::Plugin& plugin, std::string_view name) {
  const auto at = std::ranges::find(plugin.settings(), name, &channel::Setting::name);
  return at == plugin.settings().end() ? nullptr : &*at;
}

/// One account's settings on their way to the plugin.
class SettingsReader {
 public:
  SettingsReader(const Config& config, const AccountEntry& entry, const channel::Plugin& plugin,
                 std::vector<FieldError>& problems)
      : config_(config), entry_(entry), plugin_(plugin), problems_(problems) {}

  /// As a JSON object of texts; nothing where there are problems.
  std::optional<std::string> read() {
    json::Writer w;
    w.begin_object();
    for (const auto& [name, value] : entry_.settings)
      if (auto text = value_of(name, value.reveal())) w.field(name, *text);
    w.end_object();
    for (const auto& setting : plugin_.settings())
      if ((setting.flags & TG_SETTING_REQUIRED) != 0 && !given(setting.name))
        complain(setting.name, "is missing: " + setting.description);
    return sound_ ? std::optional(w.take()) : std::nullopt;
  }

 private:
  bool given(const std::string& name) const {
    return std::ranges::any_of(entry_.settings, [&](const auto& s) { return s.first == name; });
  }

  void complain(const std::string& name, std::string detail) {
    sound_ = false;
    problems_.push_back(
        {"/accounts/" + std::to_string(entry_.index) + "/settings/" + name, std::move(detail)});
  }

  std::optional<std::string> value_of(const std::string& name, const std::string& value) {
    const auto* setting = declared(plugin_, name);
    if (!setting) return unknown(name), std::nullopt;
    if ((setting->flags & TG_SETTING_FILE) == 0) return value;
    const auto path = resolve_path(config_.file, value);
    auto content = read_text_file(path, max_setting_file_bytes);
    if (!content.text)
      return complain(name, "the file " + path + " cannot be read: " + content.problem),
             std::nullopt;
    if (!is_valid_utf8(*content.text))
      return complain(name, "the file " + path + " is not text (PEM is expected)"), std::nullopt;
    return std::move(content.text);
  }

  void unknown(const std::string& name) {
    std::vector<std::string_view> names;
    for (const auto& setting : plugin_.settings()) names.emplace_back(setting.name);
    const auto meant = nearest(name, names);
    std::string detail = "the channel " + plugin_.channel() + " knows no such setting";
    if (!meant.empty()) detail.append("; did you mean \"").append(meant).append("\"?");
    complain(name, std::move(detail));
  }

  const Config& config_;
  const AccountEntry& entry_;
  const channel::Plugin& plugin_;
  std::vector<FieldError>& problems_;
  bool sound_ = true;
};

bool wants_openid(const channel::Plugin& plugin) {
  return std::ranges::any_of(plugin.capabilities(), [](const channel::Capability& capability) {
    return (capability.needs & TG_NEEDS_OPENID) != 0;
  });
}

std::string no_plugin(const Config& config, const channel::PluginRegistry& registry,
                      const std::string& channel) {
  std::string found;
  for (const auto& plugin : registry.all())
    found += (found.empty() ? "" : ", ") + plugin->channel();
  return "there is no plugin for the channel " + channel + " in " + config.plugin_dir +
         " (found: " + (found.empty() ? "none" : found) + ")";
}

}  // namespace

std::vector<FieldError> load_plugins(const Config& config, channel::PluginRegistry& registry) {
  std::vector<FieldError> problems;
  const auto files = channel::list_plugin_files(config.plugin_dir);
  if (!files) return {{"/plugin_dir", files.error().detail}};
  const auto known = registry.all();
  for (const auto& file : *files) {
    if (std::ranges::any_of(known, [&](const auto& p) { return p->origin() == file; })) continue;
    auto plugin = channel::Plugin::load(file);
    if (!plugin) {
      problems.push_back({"/plugin_dir", plugin.error().detail});
    } else if (auto added = registry.add(std::move(*plugin)); !added) {
      problems.push_back({"/plugin_dir", added.error().detail});
    }
  }
  return problems;
}

ConfigResult<channel::AccountBook::List> build_accounts(const Config& config,
                                                        const channel::PluginRegistry& registry,
                                                        Random& random, const Clock& clock) {
  channel::AccountBook::List accounts;
  ConfigProblems problems;
  for (const auto& entry : config.accounts) {
    const std::string at = "/accounts/" + std::to_string(entry.index);
    const auto plugin = registry.find(entry.channel);
    if (!plugin) {
      problems.list.push_back({at + "/channel", no_plugin(config, registry, entry.channel)});
      continue;
    }
    if (entry.openid && !wants_openid(*plugin)) {
      problems.list.push_back(
          {at + "/openid", "the channel " + entry.channel + " has no method that needs it"});
      continue;
    }
    auto settings = SettingsReader(config, entry, *plugin, problems.list).read();
    if (!settings) continue;
    auto account = channel::Account::build(
        {entry.id, entry.channel, entry.gateway, *std::move(settings), entry.fee_ppm}, plugin,
        random, clock);
    if (account)
      accounts.push_back(std::move(*account));
    else
      problems.list.push_back({at + "/settings", account.error().detail});
  }
  if (!problems.list.empty()) return problems;
  return accounts;
}

}  // namespace tollgate::app
