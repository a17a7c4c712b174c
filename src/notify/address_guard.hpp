// Which addresses a webhook may reach: the server must not be turned into a door to the network
// that it stands in (SSRF).
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string_view>

namespace tollgate::notify {

enum class Reach {
  public_only,  ///< Globally routable unicast addresses.
  /// Also loopback, the private networks, CGNAT and unique local addresses. Link-local addresses
  /// and the clouds' metadata services stay out of reach.
  private_too,
};

/// Pure. An IPv4-mapped IPv6 address is judged as the IPv4 address that it is.
bool is_reachable(const boost::asio::ip::address& address, Reach reach);

/// Judges a URL's host before any look-up: literal addresses as above, names that mean this
/// machine, and names that resolvers read as numbers (0x7f.1, 2130706433). Brackets of IPv6 are
/// allowed.
bool is_reachable_host(std::string_view host, Reach reach);

}  // namespace tollgate::notify
