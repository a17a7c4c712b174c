#include <CLI/CLI.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>

#include "conformance/examine.hpp"

namespace {

using namespace tollgate::conformance;

constexpr const char* description =
    "Examines a channel plugin by the rules that every plugin keeps, and says in words which of\n"
    "them it breaks. Each rule runs in a process of its own. Nothing is sent to any network.";

constexpr const char* footer =
    "With no setting only what the plugin says of itself is examined. Example:\n"
    "  tollgate-conformance ./mychannel.so --gateway https://api.example.com \\\n"
    "    --set merchant_id=M1 --set-file private_key_file=test.pem\n"
    "Use keys made for tests. Ends with 0: nothing is broken; 1: something is; 2: wrong usage.";

std::pair<std::string, std::string> split(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw CLI::ValidationError(text, "is not name=value");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw CLI::ValidationError(path, "cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

Given read(const std::string& path, const std::string& gateway,
           const std::vector<std::string>& texts, const std::vector<std::string>& files) {
  Given given{path, gateway, {}};
  for (const auto& text : texts) given.settings.push_back(split(text));
  for (const auto& file : files) {
    auto [name, from] = split(file);
    given.settings.emplace_back(std::move(name), content_of(from));
  }
  return given;
}

}  // namespace

int main(int argc, char** argv) {
  std::string path, gateway = "https://gateway.example.com";
  std::vector<std::string> texts, files;
  CLI::App app(description);
  app.footer(footer);
  app.add_option("plugin", path, "The plugin's .so")->required()->check(CLI::ExistingFile);
  app.add_option("--gateway", gateway, "The account's gateway")->capture_default_str();
  app.add_option("--set", texts, "A setting of the account: name=value");
  app.add_option("--set-file", files, "A setting that is a file's content: name=path");
  try {
    app.parse(argc, argv);
    return print(examine(read(path, gateway, texts, files)), std::cout) ? 0 : 1;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 2;
  }
}
