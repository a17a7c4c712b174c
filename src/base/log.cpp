#include "base/log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <mutex>
#include <string>

#include "base/json_writer.hpp"

namespace tollgate::log {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr std::chrono::seconds flush_gap{1};

/// Standard error by way of a buffer, so that a line is no system call. Written out by a warning or
/// an error, when it is full, and every second.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  StderrSink() { buffer_.reserve(buffer_bytes); }
  ~StderrSink() override { flush_(); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (buffer_.size() + line.size() > buffer_bytes) flush_();
    buffer_.append(line.data(), line.size());
  }
  void flush_() override {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const auto count = ::write(STDERR_FILENO, rest.data(), rest.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;  // nobody reads it: the lines are gone
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    buffer_.clear();
  }

 private:
  std::string buffer_;
};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("tollgate", std::make_shared<StderrSink>());
    spdlog::initialize_logger(made);
    made->set_pattern(R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                      spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::warn);
    spdlog::flush_every(flush_gap);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum native(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

void set_level(Level level) {
  logger().set_level(native(level));
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  auto& out = logger();
  if (!out.should_log(native(level))) return;
  std::string line = "\"event\":" + json::quote(event);
  for (const auto& field : fields) {
    line.append(",").append(json::quote(field.name)).append(":");
    line.append(field.quoted ? json::quote(field.value) : field.value);
  }
  out.log(native(level), "{}", line);
}

}  // namespace tollgate::log
