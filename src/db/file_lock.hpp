// Keeps a second server off one database file.
#pragma once

#include <string>

namespace tollgate::db {

/// Held from construction to destruction (or the process's end, however it comes).
/// Throws DatabaseError when another process holds it or the file cannot be made.
class FileLock {
 public:
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

}  // namespace tollgate::db
