#include "app/master_key.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "base/crypto.hpp"
#include "db/folder.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t key_bytes = 32;

/// Written under another name, synced and renamed: a crash leaves a whole key or none. The name is
/// durable before the database can be: without its key it would be of no use.
void write_key_file(const std::string& file, const std::string& hex) {
  const std::string draft = file + ".new";
  const int fd = ::open(draft.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const std::string line = hex + "\n";
  const bool written = fd >= 0 &&
                       ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::fsync(fd) == 0;
  const int failed = errno;
  if (fd >= 0) ::close(fd);
  if (!written || std::rename(draft.c_str(), file.c_str()) != 0)
    throw std::runtime_error("cannot write " + file + ": " +
                             std::generic_category().message(written ? errno : failed));
  db::sync_folder(std::filesystem::path(file).parent_path());
}

std::string unhex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

}  // namespace

Secret<std::string> load_master_key(const std::string& database_file, Random& random) {
  namespace fs = std::filesystem;
  const std::string file = database_file + ".key";
  if (!fs::exists(file)) {
    if (fs::exists(database_file))
      throw std::runtime_error(file + " is missing while " + database_file +
                               " exists: restore it from the backup");
    db::make_folder(fs::path(file).parent_path());
    std::array<unsigned char, key_bytes> fresh{};
    random.fill(fresh);
    write_key_file(file, hex_lower({reinterpret_cast<const char*>(fresh.data()), fresh.size()}));
  }
  std::ifstream in(file);
  std::string hex;
  if (!std::getline(in, hex)) throw std::runtime_error("cannot read " + file);
  if (hex.size() != 2 * key_bytes || hex.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw std::runtime_error(file + " does not hold 64 hexadecimal digits");
  return Secret<std::string>(unhex(hex));
}

Secret<std::string> derive_key(const Secret<std::string>& master, const std::string& purpose) {
  return Secret<std::string>(hmac_sha256(master.reveal(), purpose));
}

}  // namespace tollgate::app
