#include "app/commands.hpp"

#include <catch2/catch.hpp>

#include "config_fixture.hpp"

using namespace tollgate;
using namespace tollgate::app;
using test::ConfigFolder;

namespace {

void add_plugin(ConfigFolder& folder, const std::string& name, const std::string& as) {
  std::filesystem::copy_file(std::string(TOLLGATE_BROKEN_DIR) + "/" + name + ".so",
                             folder.dir.file("plugins/" + as + ".so"));
}

const std::string stub_account =
    R"("accounts": [{"id": "a", "channel": "stub", "gateway": "https://x.example", "settings": {}}])";

}  // namespace

TEST_CASE("check-config says that a sound file is sound") {
  ConfigFolder folder;
  add_plugin(folder, "same_channel", "stub");
  const auto file = folder.minimal(stub_account);
  std::ostringstream out;
  CHECK(check_config(file, folder.sources, out) == 0);
  CHECK(out.str() == file + ": sound\n");
}

TEST_CASE("check-config prints all problems, those of accounts beside those of the file") {
  ConfigFolder folder;
  add_plugin(folder, "no_symbol", "broken");
  const auto file = folder.minimal(R"("threads": 0, )" + stub_account);
  std::ostringstream out;
  CHECK(check_config(file, folder.sources, out) == 1);
  const auto has = [&](const std::string& line) {
    return out.str().find(file + ": " + line) != std::string::npos;
  };
  INFO(out.str());
  CHECK(has("/threads: must be at least 1\n"));
  CHECK(has("/plugin_dir: " + folder.dir.file("plugins/broken.so") + ": is no channel plugin"));
  CHECK(has("/accounts/0/channel: there is no plugin for the channel stub"));
}

TEST_CASE("check-config of a file that is not there says so in one line") {
  ConfigFolder folder;
  std::ostringstream out;
  CHECK(check_config(folder.dir.file("no.json"), folder.sources, out) == 1);
  CHECK(out.str() == folder.dir.file("no.json") + ": cannot be read: No such file or directory\n");
}

TEST_CASE("hash-key prints the SHA-256 of the line without its end") {
  const auto input = GENERATE(as<std::string>(), "abc\n", "abc", "abc\r\n", "abc\nmore\n");
  std::istringstream in(input);
  std::ostringstream out, errors;
  CHECK(hash_key(in, out, errors) == 0);
  CHECK(out.str() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
  std::istringstream empty("\n");
  CHECK(hash_key(empty, out, errors) == 1);
}

TEST_CASE("plugins tells what is there, and what is broken and why") {
  ConfigFolder folder;
  const auto dir = folder.dir.file("plugins");
  std::ostringstream none;
  CHECK(list_plugins(dir, none) == 0);
  add_plugin(folder, "same_channel", "a");
  std::ostringstream one;
  CHECK(list_plugins(dir, one) == 0);
  CHECK(one.str() ==
        dir +
            "/a.so\n  channel stub (Stub), version 1, ABI 1.1\n  method native: pay query; CNY\n");
  add_plugin(folder, "wrong_major", "b");
  std::ostringstream two;
  CHECK(list_plugins(dir, two) == 1);
  CHECK(two.str().find("BROKEN " + dir +
                       "/b.so: plugin speaks ABI major 2, this server speaks 1\n") !=
        std::string::npos);
  std::ostringstream gone;
  CHECK(list_plugins(dir + "/none", gone) == 1);
}
