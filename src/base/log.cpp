#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/json_writer.hpp"
#include "base/log_sink.hpp"

namespace tollgate::log {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = spdlog::stderr_logger_mt("tollgate");
    made->set_pattern(R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                      spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::debug);
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

void set_sink(Sink sink_now) {
  sink() = std::move(sink_now);
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  auto& out = logger();
  if (!out.should_log(native(level))) return;
  std::string line = "\"event\":" + json::quote(event);
  for (const auto& field : fields) {
    line.append(",").append(json::quote(field.name)).append(":");
    line.append(field.quoted ? json::quote(field.value) : field.value);
  }
  if (sink()) return sink()(level, line);
  out.log(native(level), "{}", line);
}

}  // namespace tollgate::log
