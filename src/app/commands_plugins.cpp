#include <iostream>

#include "app/commands.hpp"
#include "channel/plugin.hpp"
#include "channel/words.hpp"

namespace tollgate::app {
namespace {

std::string components_of(const channel::Capability& capability) {
  std::string out;
  for (std::uint32_t op = TG_OP_PAY; op <= TG_OP_CALLBACK; ++op) {
    const auto kind = static_cast<sdk::OperationKind>(op);
    if (capability.has(kind)) out.append(out.empty() ? "" : " ").append(channel::to_string(kind));
  }
  return out;
}

std::string currencies_of(const channel::Capability& capability) {
  std::string out;
  for (const auto& code : capability.currencies) out += (out.empty() ? "" : " ") + code;
  return out.empty() ? "all currencies" : out;
}

void print(const channel::Plugin& plugin, std::ostream& out) {
  out << plugin.origin() << "\n  channel " << plugin.channel() << " (" << plugin.title()
      << "), version " << plugin.version() << ", ABI " << plugin.abi().abi_major << '.'
      << plugin.abi().abi_minor << '\n';
  for (const auto& capability : plugin.capabilities())
    out << "  method " << capability.method << ": " << components_of(capability) << "; "
        << currencies_of(capability) << '\n';
}

}  // namespace

int list_plugins(const std::string& dir, std::ostream& out) {
  const auto files = channel::list_plugin_files(dir);
  if (!files) return out << files.error().detail << '\n', 1;
  if (files->empty()) out << dir << ": no plugins\n";
  channel::PluginRegistry registry;
  int code = 0;
  for (const auto& file : *files) {
    auto plugin = channel::Plugin::load(file);
    if (plugin) print(**plugin, out);
    auto added = plugin ? registry.add(*plugin) : Result<std::size_t>(plugin.error());
    if (added) continue;
    out << "BROKEN " << added.error().detail << '\n';
    code = 1;
  }
  return code;
}

int list_plugins(const std::string& dir) {
  return list_plugins(dir, std::cout);
}

}  // namespace tollgate::app
