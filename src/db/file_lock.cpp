#include "db/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <system_error>

#include "db/database.hpp"

namespace tollgate::db {

FileLock::FileLock(const std::string& path)
    : fd_(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
  if (fd_ < 0)
    throw DatabaseError("cannot open " + path + ": " + std::generic_category().message(errno));
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(fd_);
  throw DatabaseError("another server uses this database (" + path + " is locked)");
}

FileLock::~FileLock() {
  ::close(fd_);
}

}  // namespace tollgate::db
