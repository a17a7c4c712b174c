// From the configured accounts to channel accounts: plugins, settings, key files.
#pragma once

#include "app/config.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "channel/account.hpp"
#include "channel/plugin.hpp"

namespace tollgate::app {

/// Loads what is new in config.plugin_dir, past files that are refused. Answers one problem (at
/// /plugin_dir) for each of those.
std::vector<FieldError> load_plugins(const Config& config, channel::PluginRegistry& registry);

/// Builds every account, in order: reads the files that settings name, checks the settings against
/// what the plugin declares, and lets the plugin judge them. All problems come at once. For the
/// start, a reload, and check-config. `random` and `clock` outlive the accounts. Blocks on files.
ConfigResult<channel::AccountBook::List> build_accounts(const Config& config,
                                                        const channel::PluginRegistry& registry,
                                                        Random& random, const Clock& clock);

}  // namespace tollgate::app
