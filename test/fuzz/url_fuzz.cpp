// A URL's parts, and that all readers of URLs in the house agree on the host.
#include <arpa/inet.h>

#include "app/config_internal.hpp"
#include "channel/exchanger.hpp"
#include "console/web_address.hpp"
#include "fuzz.hpp"
#include "net/http.hpp"
#include "net/url.hpp"

namespace {

using namespace tollgate;

bool plain(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\t \0", 5)) == text.npos;
}

void check(const net::Url& url) {
  MUST(!url.host.empty() && plain(url.host));
  MUST(url.host.find_first_of("/?#@%[]") == url.host.npos);
  MUST(!url.port.empty() && url.port.find_first_not_of("0123456789") == url.port.npos);
  const int port = std::stoi(url.port);
  MUST(port >= 1 && port <= 65535);
  MUST(url.target.starts_with('/') && plain(url.target));
  MUST(url.target.find('#') == url.target.npos);
  MUST(plain(url.authority) && net::is_field_value(url.authority));
  unsigned char address[16];
  const bool literal = inet_pton(AF_INET, url.host.c_str(), address) == 1 ||
                       inet_pton(AF_INET6, url.host.c_str(), address) == 1;
  MUST(url.host_is_address == literal);
  // What was read, written again, is read the same.
  const auto again =
      net::parse_url((url.tls ? "https://" : "http://") + url.authority + url.target);
  MUST(again && again->host == url.host && again->port == url.port);
  MUST(again->target == url.target && again->tls == url.tls);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto url = net::parse_url(text);
  if (url) check(*url);
  // Configuration, channels and pages judge URLs that the client then has to read alike.
  if (!app::web_url_problem(text)) MUST(url.has_value());
  if (!channel::forbidden_url(text)) MUST(url.has_value());
  if (const auto origin = console::web_origin(text)) {
    MUST(url.has_value());
    MUST(origin->find_first_of(" ;,'\"<>") == origin->npos);
    MUST(origin->find(url->host) != origin->npos);
  }
  console::path_of(text);
  return 0;
}
