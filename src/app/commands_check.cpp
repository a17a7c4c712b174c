#include <algorithm>
#include <iostream>
#include <iterator>

#include "app/accounts.hpp"
#include "app/commands.hpp"

namespace tollgate::app {
namespace {

void append(std::vector<FieldError>& to, std::vector<FieldError> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void print_problems(const std::string& file, const std::vector<FieldError>& problems,
                    std::ostream& out) {
  for (const auto& problem : problems) {
    out << file << ": ";
    if (!problem.pointer.empty()) out << problem.pointer << ": ";
    out << problem.detail << '\n';
  }
}

int check_config(const std::string& file, const ConfigSources& sources, std::ostream& out) {
  auto [config, problems] = read_config(file, sources);
  // A plugin directory that is not there has been complained of.
  const bool has_plugins = std::ranges::none_of(
      problems.list, [](const auto& problem) { return problem.pointer == "/plugin_dir"; });
  if (has_plugins && !config.plugin_dir.empty()) {
    channel::PluginRegistry registry;
    SystemRandom random;
    const SystemClock clock;
    append(problems.list, load_plugins(config, registry));
    auto accounts = build_accounts(config, registry, random, clock);
    if (!accounts) append(problems.list, std::move(accounts).error().list);
  }
  print_problems(file, problems.list, out);
  if (!problems.list.empty()) return 1;
  out << file << ": sound\n";
  return 0;
}

int check_config(const std::string& file) {
  return check_config(file, ConfigSources::of_process(), std::cout);
}

}  // namespace tollgate::app
