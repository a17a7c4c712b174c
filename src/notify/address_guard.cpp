#include "notify/address_guard.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <string>

namespace tollgate::notify {

namespace ip = boost::asio::ip;

namespace {

struct Net4 {
  std::uint32_t network;
  int prefix;
};
struct Net6 {
  std::array<unsigned char, 16> network;
  int prefix;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array never4{
    Net4{v4(0, 0, 0, 0), 8},           // this network
    Net4{v4(100, 100, 100, 200), 32},  // metadata (Alibaba Cloud)
    Net4{v4(169, 254, 0, 0), 16},      // link-local, metadata
    Net4{v4(192, 0, 0, 0), 24},        // protocol assignments
    Net4{v4(192, 0, 2, 0), 24},        // documentation
    Net4{v4(192, 88, 99, 0), 24},      // 6to4 relay
    Net4{v4(198, 18, 0, 0), 15},       // benchmarks
    Net4{v4(198, 51, 100, 0), 24},     // documentation
    Net4{v4(203, 0, 113, 0), 24},      // documentation
    Net4{v4(224, 0, 0, 0), 4},         // multicast
    Net4{v4(240, 0, 0, 0), 4},         // reserved, broadcast
};
constexpr std::array private4{
    Net4{v4(10, 0, 0, 0), 8},    Net4{v4(100, 64, 0, 0), 10},  Net4{v4(127, 0, 0, 0), 8},
    Net4{v4(172, 16, 0, 0), 12}, Net4{v4(192, 168, 0, 0), 16},
};
constexpr std::array never6{
    Net6{{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},
         128},                                       // metadata (AWS)
    Net6{{0xfe, 0x80}, 10},                          // link-local
    Net6{{0xfe, 0xc0}, 10},                          // site-local
    Net6{{0xff}, 8},                                 // multicast
    Net6{{0x00, 0x64, 0xff, 0x9b}, 96},              // NAT64
    Net6{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},  // NAT64, local
    Net6{{0x01, 0x00}, 64},                          // discard
    Net6{{0x20, 0x01}, 32},                          // Teredo
    Net6{{0x20, 0x01, 0x0d, 0xb8}, 32},              // documentation
    Net6{{0x20, 0x02}, 16},                          // 6to4
    Net6{{0x3f, 0xff}, 20},                          // documentation
    Net6{{0x5f, 0x00}, 16},                          // segment routing
};
constexpr Net6 unique_local6{{0xfc}, 7};
/// ::/96 holds ::, ::1 and the deprecated IPv4-compatible addresses.
constexpr Net6 lowest6{{}, 96};

bool contains(const Net4& net, std::uint32_t address) {
  const std::uint32_t mask = ~std::uint32_t{0} << (32 - net.prefix);
  return (address & mask) == net.network;
}

bool contains(const Net6& net, const ip::address_v6::bytes_type& address) {
  for (int bit = 0; bit < net.prefix; bit += 8) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const int used = std::min(8, net.prefix - bit);
    const auto mask = static_cast<unsigned char>(0xFF << (8 - used));
    if ((address[at] & mask) != net.network[at]) return false;
  }
  return true;
}

bool is_reachable4(std::uint32_t address, Reach reach) {
  const auto holds = [&](const Net4& net) { return contains(net, address); };
  if (std::ranges::any_of(never4, holds)) return false;
  return reach == Reach::private_too || std::ranges::none_of(private4, holds);
}

bool is_reachable6(const ip::address_v6& address, Reach reach) {
  const auto bytes = address.to_bytes();
  const auto holds = [&](const Net6& net) { return contains(net, bytes); };
  if (std::ranges::any_of(never6, holds)) return false;
  if (holds(lowest6)) return address.is_loopback() && reach == Reach::private_too;
  return reach == Reach::private_too || !holds(unique_local6);
}

/// The last label is a number: resolvers read such a name as an IPv4 address in one of its odd
/// forms.
bool looks_numeric(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);  // npos + 1 is 0
  if (last.starts_with("0x")) return true;
  return !last.empty() && std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_reachable(const ip::address& address, Reach reach) {
  if (address.is_v4()) return is_reachable4(address.to_v4().to_uint(), reach);
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped())
    return is_reachable4(ip::make_address_v4(ip::v4_mapped, v6).to_uint(), reach);
  return is_reachable6(v6, reach);
}

bool is_reachable_host(std::string_view host, Reach reach) {
  std::string name(host);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (name.size() > 2 && name.front() == '[' && name.back() == ']')
    name = name.substr(1, name.size() - 2);
  else if (name.ends_with('.'))
    name.pop_back();
  if (name.empty()) return false;

  boost::system::error_code not_literal;
  const auto address = ip::make_address(name, not_literal);
  if (!not_literal) return is_reachable(address, reach);
  if (looks_numeric(name)) return false;
  const bool this_machine = name == "localhost" || name.ends_with(".localhost") ||
                            name == "ip6-localhost" || name == "ip6-loopback";
  return !this_machine || reach == Reach::private_too;
}

}  // namespace tollgate::notify
