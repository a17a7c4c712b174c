// The bodies of webhooks' routes. An accepted URL is one that the deliverer can read, to a host
// that it may reach.
#include "bodies.hpp"
#include "net/url.hpp"
#include "notify/event_types.hpp"
#include "notify/webhook_input.hpp"

namespace {

using namespace tollgate;

void check_url(const std::string& url, notify::Reach reach) {
  const auto parsed = net::parse_url(url);
  MUST(parsed.has_value());
  MUST(notify::is_reachable_host(parsed->host, reach));
  MUST(net::is_field_value(parsed->authority));
}

void check_events(const std::vector<std::string>& events) {
  MUST(!events.empty());
  for (const auto& type : events)
    MUST((type == "*" && events.size() == 1) || notify::is_event_type(type));
}

template <class T>
bool accepted(const Result<T>& result) {
  if (!result) fuzz::check_refusal(result.error());
  return result.has_value();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto reach = input.flag() ? notify::Reach::private_too : notify::Reach::public_only;
  const auto request = fuzz::post(input.rest());
  if (const auto spec = notify::parse_webhook(request, reach); accepted(spec)) {
    check_url(spec->url, reach);
    check_events(spec->events);
  }
  if (const auto patch = notify::parse_patch(request, reach); accepted(patch)) {
    if (patch->url) check_url(*patch->url, reach);
    if (patch->events) check_events(*patch->events);
  }
  if (const auto range = notify::parse_replay(request); accepted(range))
    MUST(!range->until || *range->until >= range->since);
  accepted(notify::parse_nothing(request));
  return 0;
}
