#include "base/fault.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string>

namespace tollgate::fault {
namespace {

struct Armed {
  std::string name;
  std::atomic<int> left{1};

  Armed() {
    const char* text = std::getenv("TOLLGATE_FAULT");  // NOLINT(concurrency-mt-unsafe): first use
    if (!text) return;
    name = text;
    const auto colon = name.find(':');
    if (colon == std::string::npos) return;
    int count = 1;
    std::from_chars(name.data() + colon + 1, name.data() + name.size(), count);
    left = count;
    name.resize(colon);
  }
};

Armed& instance() {
  static Armed armed;
  return armed;
}

}  // namespace

bool armed(std::string_view point) {
  const auto& it = instance();
  return !it.name.empty() && it.name == point;
}

void point(std::string_view name) {
  if (!armed(name)) return;
  if (instance().left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

}  // namespace tollgate::fault
