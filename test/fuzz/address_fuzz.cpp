// The guard of webhooks' addresses: whatever a resolver would read as a number is judged as that
// number. Input: flag, then a host; and the same bytes as a raw address.
#include <netdb.h>
#include <netinet/in.h>

#include "fuzz.hpp"
#include "net/url.hpp"
#include "notify/webhook_input.hpp"

namespace {

using namespace tollgate;
using notify::Reach;

/// The networks that must never be reached, written once more and differently.
bool is_special(std::uint32_t a, Reach reach) {
  const auto first = a >> 24, second = a >> 16 & 255, third = a >> 8 & 255;
  if (first == 0 || first >= 224 || (first == 169 && second == 254)) return true;
  if (first == 192 && second == 0 && (third == 0 || third == 2)) return true;
  if (first == 198 && (second == 18 || second == 19)) return true;
  if (first == 198 && second == 51 && third == 100) return true;
  if (first == 203 && second == 0 && third == 113) return true;
  if (reach == Reach::private_too) return false;
  return first == 10 || first == 127 || (first == 100 && (second & 0xC0) == 64) ||
         (first == 172 && (second & 0xF0) == 16) || (first == 192 && second == 168);
}

bool is_special(const unsigned char (&a)[16], Reach reach) {
  bool low = true;
  for (int i = 0; i < 10; ++i) low = low && a[i] == 0;
  const std::uint32_t last =
      static_cast<std::uint32_t>(a[12]) << 24 | a[13] << 16 | a[14] << 8 | a[15];
  if (low && a[10] == 0xFF && a[11] == 0xFF) return is_special(last, reach);
  if (low && a[10] == 0 && a[11] == 0)
    return last != 1 || a[10] != 0 || reach == Reach::public_only;
  if (a[0] == 0xFF || (a[0] == 0xFE && (a[1] & 0x80) != 0)) return true;
  return (a[0] & 0xFE) == 0xFC && reach == Reach::public_only;
}

/// What the C library reads as a number without asking anybody; nothing where it is a name.
bool leads_to_special(const std::string& host, Reach reach) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  bool special = false;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (at->ai_family == AF_INET) {
      const auto& v4 = *reinterpret_cast<const sockaddr_in*>(at->ai_addr);
      special = special || is_special(ntohl(v4.sin_addr.s_addr), reach);
    } else if (at->ai_family == AF_INET6) {
      const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(at->ai_addr);
      special = special || is_special(v6.sin6_addr.s6_addr, reach);
    }
  }
  freeaddrinfo(found);
  return special;
}

void check_raw(std::string_view bytes, Reach reach) {
  using namespace boost::asio::ip;
  if (bytes.size() >= 4) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    if (notify::is_reachable(make_address_v4(value), reach)) MUST(!is_special(value, reach));
  }
  if (bytes.size() >= 16) {
    address_v6::bytes_type array;
    unsigned char plain[16];
    for (int i = 0; i < 16; ++i) array[i] = plain[i] = static_cast<unsigned char>(bytes[i]);
    if (notify::is_reachable(make_address_v6(array), reach)) MUST(!is_special(plain, reach));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto reach = input.flag() ? Reach::private_too : Reach::public_only;
  const auto bytes = input.rest();
  check_raw(bytes, reach);
  const std::string host(bytes);
  if (host.find('\0') == std::string::npos && notify::is_reachable_host(host, reach))
    MUST(!leads_to_special(host, reach));
  for (const auto& url : {host, "http://" + host + "/", "https://a" + host}) {
    if (!notify::check_url(url, reach).empty()) continue;
    const auto parsed = net::parse_url(url);
    MUST(parsed.has_value());
    MUST(!leads_to_special(parsed->host, reach));
  }
  return 0;
}
