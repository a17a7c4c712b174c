#include "db/folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

#include "db/database.hpp"

namespace tollgate::db {
namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& folder, int code) {
  throw DatabaseError(std::string(what) + folder.string() + ": " +
                      std::generic_category().message(code));
}

}  // namespace

void make_folder(const std::filesystem::path& folder) {
  if (folder.empty() || std::filesystem::is_directory(folder)) return;
  const auto parent = folder.parent_path();
  make_folder(parent);
  std::error_code failed;
  std::filesystem::create_directory(folder, failed);
  if (failed) fail("cannot make ", folder, failed.value());
  sync_folder(parent);
}

void sync_folder(const std::filesystem::path& folder) {
  const std::string name = folder.empty() ? "." : folder.string();
  const int fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail("cannot open ", name, errno);
  const int failed = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  // Some file systems sync no folders and say so.
  if (failed != 0 && failed != EINVAL) fail("cannot sync ", name, failed);
}

}  // namespace tollgate::db
