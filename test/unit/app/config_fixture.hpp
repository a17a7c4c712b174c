// A configuration file in a folder of its own, and the environment that it sees.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "app/config.hpp"
#include "support/temp_dir.hpp"

namespace tollgate::test {

struct ConfigFolder {
  TempDir dir;
  std::map<std::string, std::string> environment;
  app::ConfigSources sources{[this](const std::string& name) -> std::optional<std::string> {
                               const auto at = environment.find(name);
                               return at == environment.end() ? std::nullopt
                                                              : std::optional(at->second);
                             },
                             dir.file("bin")};

  ConfigFolder() { std::filesystem::create_directory(dir.file("plugins")); }
  std::string write(const std::string& text, const std::string& name = "tollgate.json") {
    std::ofstream(dir.file(name)) << text;
    return dir.file(name);
  }
  /// The smallest sound file, with further members.
  std::string minimal(const std::string& members = "") {
    return write(R"({"public_url": "https://pay.example.com", "database": "sqlite:t.db")" +
                 (members.empty() ? "" : ", " + members) + "}");
  }
  app::ConfigResult<app::Config> load(const std::string& members = "") {
    return app::load_config(minimal(members), sources);
  }
  /// "pointer: detail" of each problem, one per line.
  std::string problems(const std::string& members) {
    const auto loaded = load(members);
    return loaded ? "" : text_of(loaded.error().list);
  }
  static std::string text_of(const std::vector<FieldError>& list) {
    std::ostringstream out;
    for (const auto& problem : list) out << problem.pointer << ": " << problem.detail << '\n';
    return out.str();
  }
};

}  // namespace tollgate::test
