#include "base/fault.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>

namespace tollgate::fault {
namespace {

std::string variable(const char* name) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before main
  return text ? text : "";
}

std::string unknown_point(const std::string& name) {
  std::string text = "TOLLGATE_FAULT: there is no point \"" + name + "\". There are:";
  for (const auto point : points) text.append(" ").append(point);
  return text;
}

/// The environment's wish, read once before main.
struct Wish {
  const std::string text = variable("TOLLGATE_FAULT");
  const std::string when_file = variable("TOLLGATE_FAULT_WHEN");
  const std::string trace_file = variable("TOLLGATE_FAULT_TRACE");
  int index = -1;
  int trace_fd = -1;
  std::atomic<int> left{1};
  std::string problem;

  Wish() {
    if (!text.empty()) read();
    if (trace_file.empty()) return;
    trace_fd = ::open(trace_file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (trace_fd < 0) problem = "TOLLGATE_FAULT_TRACE: cannot write " + trace_file;
  }

  void read() {
    const auto colon = text.find(':');
    const std::string name = text.substr(0, colon);
    for (int i = 0; i < static_cast<int>(std::size(points)); ++i)
      if (points[i] == name) index = i;
    if (index < 0) problem = unknown_point(name);
    if (colon == std::string::npos) return;
    int count = 0;
    const char* last = text.data() + text.size();
    const auto [end, code] = std::from_chars(text.data() + colon + 1, last, count);
    if (code != std::errc() || end != last || count < 1)
      problem = "TOLLGATE_FAULT: after the colon stands a number from 1 on, not in " + text;
    left = count;
  }

  bool counts() const { return when_file.empty() || ::access(when_file.c_str(), F_OK) == 0; }
};

Wish& the_wish() {
  static Wish wish;
  return wish;
}

}  // namespace

const bool detail::watching = the_wish().index >= 0 || the_wish().trace_fd >= 0;

std::optional<std::string> problem() {
  if (the_wish().problem.empty()) return std::nullopt;
  return the_wish().problem;
}

std::string wish() {
  return the_wish().text;
}

void detail::pass(Point point) {
  auto& wish = the_wish();
  if (!wish.counts()) return;
  if (wish.trace_fd >= 0) {
    const std::string line = std::string(point.name()) + "\n";
    [[maybe_unused]] const auto written = ::write(wish.trace_fd, line.data(), line.size());
  }
  if (wish.index == point.index() && wish.left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

}  // namespace tollgate::fault
