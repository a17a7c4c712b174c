#include "db/log_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

#include "db/database.hpp"

namespace tollgate::db {
namespace {

constexpr std::size_t piece_bytes = 1 << 20;

class File {
 public:
  explicit File(const std::string& name)
      : name_(name), fd_(::open(name.c_str(), O_RDWR | O_CLOEXEC)) {
    if (fd_ < 0 && errno != ENOENT) fail();
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool exists() const { return fd_ >= 0; }

  std::size_t read(std::string& piece, off_t offset) const {
    const auto count = ::pread(fd_, piece.data(), piece.size(), offset);
    if (count < 0) fail();
    return static_cast<std::size_t>(count);
  }
  void write(const std::string& piece, std::size_t count, off_t offset) const {
    for (std::size_t done = 0; done < count;) {
      const auto written =
          ::pwrite(fd_, piece.data() + done, count - done, offset + static_cast<off_t>(done));
      if (written <= 0) fail();
      done += static_cast<std::size_t>(written);
    }
  }
  void sync() const {
    if (::fsync(fd_) != 0) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw DatabaseError("cannot renew " + name_ + ": " + std::generic_category().message(errno));
  }
  const std::string name_;
  const int fd_;
};

}  // namespace

void renew_log(const std::string& name) {
  const File file(name);
  if (!file.exists()) return;
  std::string piece(piece_bytes, '\0');
  off_t offset = 0;
  while (const std::size_t count = file.read(piece, offset)) {
    file.write(piece, count, offset);
    offset += static_cast<off_t>(count);
  }
  file.sync();
}

}  // namespace tollgate::db
