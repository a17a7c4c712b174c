#include "base/log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/json_text.hpp"
#include "base/log_sink.hpp"

namespace tollgate::log {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr std::size_t usual_line_bytes = 400;
constexpr std::chrono::milliseconds write_gap{20};
constexpr int urgent_each_second = 100;

/// Standard error. A line that comes alone is written at once; those that follow within the gap go
/// out together, so that under load a line is no system call. Warnings and errors do not wait, but
/// for bursts of them: somebody who sends what has to be refused must not make the server slow.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  StderrSink() : writer_([this] { write_what_waits(); }) { buffer_.reserve(buffer_bytes); }
  ~StderrSink() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    writer_.join();
    flush_();
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (buffer_.size() + line.size() > buffer_bytes) flush_();
    const bool first = buffer_.empty();
    buffer_.append(line.data(), line.size());
    const auto now = Clock::now();
    const bool urgent = message.level >= spdlog::level::warn && may_hurry(now);
    if (urgent || now - written_at_ >= write_gap)
      flush_();
    else if (first)
      changed_.notify_one();
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
    written_at_ = Clock::now();
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool may_hurry(Clock::time_point now) {
    if (now - second_began_ >= std::chrono::seconds(1)) {
      second_began_ = now;
      hurried_ = 0;
    }
    return hurried_++ < urgent_each_second;
  }

  void write_what_waits() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
      changed_.wait(lock, [this] { return ending_ || !buffer_.empty(); });
      changed_.wait_for(lock, write_gap, [this] { return ending_; });
      flush_();
    }
  }

  // All guarded by the base's mutex.
  std::string buffer_;
  Clock::time_point written_at_{};
  Clock::time_point second_began_{};
  int hurried_ = 0;  // of that second
  bool ending_ = false;
  std::condition_variable changed_;
  std::thread writer_;
};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("tollgate", std::make_shared<StderrSink>());
    spdlog::initialize_logger(made);
    made->set_pattern(R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                      spdlog::pattern_time_type::utc);
    return made;
  }();
  return *instance;
}

Sink& sink() {
  static Sink instance;
  return instance;
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

void flush() {
  logger().flush();
}

void set_sink(Sink sink_now) {
  sink() = std::move(sink_now);
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  auto& out = logger();
  if (!out.should_log(native(level))) return;
  std::string line;
  line.reserve(usual_line_bytes);
  line += "\"event\":";
  json::append_quoted(line, event);
  for (const auto& field : fields) {
    line += ',';
    json::append_quoted(line, field.name);
    line += ':';
    if (field.quoted)
      json::append_quoted(line, field.value());
    else
      line += field.value();
  }
  if (sink()) return sink()(level, line);
  out.log(native(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace tollgate::log
