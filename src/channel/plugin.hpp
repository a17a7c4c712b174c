// A loaded channel plugin: the C boundary checked once, then C++ from here on.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::channel {

/// One method that a plugin offers. Owned copies.
struct Capability {
  std::string method;
  std::vector<std::string> currencies;  ///< Empty: all.
  std::string title;
  std::uint32_t components = 0;  ///< TG_COMPONENT bits.
  sdk::ActionType action = sdk::ActionType::none;
  std::uint32_t needs = 0;  ///< TG_NEEDS_ bits.
  std::int64_t amount_max = 0;

  bool has(sdk::OperationKind kind) const;
  bool takes(std::string_view currency) const;
};

struct Setting {
  std::string name;
  std::uint32_t flags = 0;
  std::string description;
};

/// Immutable; shared by the accounts of its channel. Never unloaded.
class Plugin {
 public:
  /// dlopen(RTLD_NOW | RTLD_LOCAL). The error's detail names the path, what was tried and, for
  /// another ABI, both versions.
  static Result<std::shared_ptr<const Plugin>> load(const std::string& path);
  /// The object form, for tests.
  static Result<std::shared_ptr<const Plugin>> from_entry(tg_plugin_entry entry,
                                                          std::string origin);

  const std::string& channel() const { return channel_; }
  const std::string& version() const { return version_; }
  const std::string& title() const { return title_; }
  const std::string& origin() const { return origin_; }
  const std::vector<Capability>& capabilities() const { return capabilities_; }
  const std::vector<Setting>& settings() const { return settings_; }
  /// As this side knows it: fields that an older plugin lacks are zero.
  const tg_plugin& abi() const { return abi_; }

 private:
  Plugin() = default;
  tg_plugin abi_{};
  std::string channel_, version_, title_, origin_;
  std::vector<Capability> capabilities_;
  std::vector<Setting> settings_;
};

/// The registry: channel word -> plugin. Filled at start (and by SIGHUP: new files only), read by
/// all. Thread-safe.
class PluginRegistry {
 public:
  /// Loads every *.so of a directory in name order, but for files that it has. Answers how many are
  /// new. Error: the first that is refused, or a channel that two files claim; those before it
  /// stay.
  Result<std::size_t> load_directory(const std::string& directory);
  Result<std::size_t> add(std::shared_ptr<const Plugin> plugin);
  std::shared_ptr<const Plugin> find(std::string_view channel) const;
  std::vector<std::shared_ptr<const Plugin>> all() const;

 private:
  bool has_origin(const std::string& origin) const;

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Plugin>> plugins_;
};

/// The *.so files of a directory as absolute paths in name order. Error: it cannot be read.
Result<std::vector<std::string>> list_plugin_files(const std::string& directory);

}  // namespace tollgate::channel
