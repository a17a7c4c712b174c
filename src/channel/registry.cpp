#include <algorithm>
#include <filesystem>

#include "channel/plugin.hpp"

namespace tollgate::channel {

Result<std::vector<std::string>> list_plugin_files(const std::string& directory) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  std::error_code failed;
  fs::directory_iterator at(fs::absolute(directory).lexically_normal(), failed);
  for (; !failed && at != fs::directory_iterator(); at.increment(failed))
    if (at->path().extension() == ".so" && !at->is_directory(failed))
      files.push_back(at->path().string());
  if (failed)
    return Error(Errc::invalid_request,
                 directory + ": the plugin directory cannot be read: " + failed.message());
  std::ranges::sort(files);
  return files;
}

Result<std::size_t> PluginRegistry::load_directory(const std::string& directory) {
  TOLLGATE_TRY(const auto files, list_plugin_files(directory));
  std::size_t loaded = 0;
  for (const auto& file : files) {
    if (has_origin(file)) continue;
    TOLLGATE_TRY(auto plugin, Plugin::load(file));
    TOLLGATE_TRY(const auto added, add(std::move(plugin)));
    loaded += added;
  }
  return loaded;
}

Result<std::size_t> PluginRegistry::add(std::shared_ptr<const Plugin> plugin) {
  const std::lock_guard lock(mutex_);
  for (const auto& other : plugins_)
    if (other->channel() == plugin->channel())
      return Error(Errc::invalid_request, plugin->origin() + ": the channel " + plugin->channel() +
                                              " is already claimed by " + other->origin());
  plugins_.push_back(std::move(plugin));
  return std::size_t{1};
}

std::shared_ptr<const Plugin> PluginRegistry::find(std::string_view channel) const {
  const std::lock_guard lock(mutex_);
  for (const auto& plugin : plugins_)
    if (plugin->channel() == channel) return plugin;
  return nullptr;
}

std::vector<std::shared_ptr<const Plugin>> PluginRegistry::all() const {
  const std::lock_guard lock(mutex_);
  return plugins_;
}

bool PluginRegistry::has_origin(const std::string& origin) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(plugins_, [&](const auto& p) { return p->origin() == origin; });
}

}  // namespace tollgate::channel
