// What is logged while it lives.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "support/temp_dir.hpp"

namespace tollgate::test {

/// Takes the process's standard error, where log lines go. One at a time.
class LogCapture {
 public:
  LogCapture() : kept_(::dup(2)) {
    std::ofstream(file()).close();
    const int fd = ::open(file().c_str(), O_WRONLY | O_APPEND);
    ::dup2(fd, 2);
    ::close(fd);
  }
  ~LogCapture() {
    ::dup2(kept_, 2);
    ::close(kept_);
  }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  std::string text() const {
    std::ostringstream out;
    out << std::ifstream(file()).rdbuf();
    return out.str();
  }

 private:
  std::string file() const { return dir_.file("log"); }
  TempDir dir_;
  int kept_;
};

}  // namespace tollgate::test
