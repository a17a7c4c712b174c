#include "conformance/isolate.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "base/clock.hpp"

namespace tollgate::conformance {
namespace {

constexpr std::size_t max_findings = 20;
constexpr std::size_t max_finding_bytes = 500;
constexpr char end_of_list = '\x04';  // a process that was ended early says none

void write_all(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto n = ::write(fd, text.data() + at, text.size() - at);
    if (n <= 0) return;
    at += static_cast<std::size_t>(n);
  }
}

[[noreturn]] void run_child(int out, const std::function<void(Findings&)>& check) {
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::signal(number, SIG_DFL);
  Findings findings;
  try {
    check(findings);
  } catch (const std::exception& e) {
    findings.add(e.what());
  } catch (...) {
    findings.add("an exception without a text came out");
  }
  std::string text;
  for (const auto& finding : findings.list()) text += finding + "\n";
  write_all(out, text + end_of_list);
  ::_exit(0);
}

/// All that comes until the other end is closed or the time is over; false where it was over.
bool read_all(int fd, std::int64_t timeout_ms, std::string& text) {
  const SystemClock clock;
  const auto until = clock.steady_ms() + timeout_ms;
  while (true) {
    const auto left = until - clock.steady_ms();
    pollfd waiting{fd, POLLIN, 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0) return false;
    char buffer[4096];
    const auto n = ::read(fd, buffer, sizeof buffer);
    if (n <= 0) return true;
    text.append(buffer, static_cast<std::size_t>(n));
  }
}

std::string fate_of(int status) {
  if (WIFSIGNALED(status)) {
    const char* const name = ::sigabbrev_np(WTERMSIG(status));
    return std::string("the plugin killed its process by SIG") + (name ? name : "?");
  }
  return "the plugin ended its process with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void Findings::add(std::string what) {
  if (list_.size() == max_findings) return;
  std::ranges::replace_if(
      what, [](char c) { return c >= 0 && c < ' '; }, ' ');
  list_.push_back(what.substr(0, max_finding_bytes));
}

std::vector<std::string> isolated(std::int64_t timeout_ms,
                                  const std::function<void(Findings&)>& check) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    ::close(ends[0]);
    run_child(ends[1], check);
  }
  ::close(ends[1]);
  std::string text;
  const bool in_time = read_all(ends[0], timeout_ms, text);
  ::close(ends[0]);
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);

  Findings findings;
  const bool complete = text.ends_with(end_of_list);
  if (complete) text.pop_back();
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    findings.add(text.substr(at, end - at));
    at = end + 1;
  }
  if (!in_time)
    findings.add("the plugin hangs: no end within " + std::to_string(timeout_ms / 1000) + " s");
  else if (!complete)
    findings.add(fate_of(status));
  return findings.list();
}

}  // namespace tollgate::conformance
