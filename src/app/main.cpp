#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "app/serve.hpp"

int main(int argc, char** argv) {
  using namespace tollgate::app;
  CLI::App program{"Tollgate: a self-hosted payment server", "tollgate"};
  program.set_version_flag("--version", TOLLGATE_VERSION);
  program.require_subcommand(1);

  std::string config, head, directory = "plugins";
  auto* serve_command = program.add_subcommand("serve", "Run the server");
  auto* migrate_command =
      program.add_subcommand("migrate", "Bring the database to this version's schema");
  auto* health_command =
      program.add_subcommand("healthcheck", "Ask the running server whether it is ready");
  auto* audit_command = program.add_subcommand("audit", "The journal of all movements of money");
  audit_command->require_subcommand(1);
  auto* verify_command = audit_command->add_subcommand(
      "verify", "Recompute the balances and the chain of hashes; name the first broken row");
  verify_command->add_option("--since", head, "A head printed earlier that must be in the chain");
  for (auto* command : {serve_command, migrate_command, health_command, verify_command})
    command->add_option("--config", config, "The configuration file")->required();
  auto* check_command =
      program.add_subcommand("check-config", "Say whether a configuration is sound");
  check_command->add_option("FILE", config, "The configuration file")->required();
  auto* hash_command =
      program.add_subcommand("hash-key", "Read an API key on standard input, print its SHA-256");
  auto* plugins_command =
      program.add_subcommand("plugins", "Show what the plugins of a directory offer");
  plugins_command->add_option("--dir", directory, "The directory")->capture_default_str();

  CLI11_PARSE(program, argc, argv);
  if (*serve_command) return serve(config);
  if (*migrate_command) return migrate_database(config);
  if (*health_command) return healthcheck(config);
  if (*verify_command) return verify_audit(config, head);
  if (*check_command) return check_config(config);
  if (*hash_command) return hash_key();
  return list_plugins(directory);
}
