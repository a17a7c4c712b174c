#include "notify/address_guard.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "notify/webhook_input.hpp"

using namespace tollgate::notify;

namespace {
bool reachable(const std::string& text, Reach reach = Reach::public_only) {
  return is_reachable(boost::asio::ip::make_address(text), reach);
}
}  // namespace

TEST_CASE("P10: special addresses are out of reach, to their edges; their neighbours are not") {
  struct Row {
    const char* refused_first;
    const char* refused_last;
    const char* allowed_before;  // empty where the neighbour is special, too
    const char* allowed_after;
  };
  const Row rows[] = {
      {"0.0.0.0", "0.255.255.255", "", "1.0.0.0"},
      {"10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
      {"100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"},
      {"127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"},
      {"169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"},
      {"172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"},
      {"192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"},
      {"192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"},
      {"192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"},
      {"192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"},
      {"198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"},
      {"198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"},
      {"203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"},
      {"224.0.0.0", "255.255.255.255", "223.255.255.255", ""},
      {"::", "::ffff", "", ""},
      {"64:ff9b::", "64:ff9b::ffff:ffff", "64:ff9a:ffff::", "64:ff9b:2::"},
      {"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "", "64:ff9b:2::"},
      {"100::", "100::ffff:ffff:ffff:ffff", "", "100:0:0:1::"},
      {"2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff::", "2001:1::"},
      {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"},
      {"2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::", "2003::"},
      {"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::", "3fff:1000::"},
      {"5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "5eff::", "5f01::"},
      {"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fbff::", ""},
      {"fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe7f::", ""},
      {"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
  };
  for (const auto& row : rows) {
    INFO(row.refused_first << " to " << row.refused_last);
    REQUIRE(!reachable(row.refused_first));
    REQUIRE(!reachable(row.refused_last));
    if (*row.allowed_before) REQUIRE(reachable(row.allowed_before));
    if (*row.allowed_after) REQUIRE(reachable(row.allowed_after));
  }
  REQUIRE(reachable("93.184.216.34"));
  REQUIRE(reachable("2606:4700::1111"));
}

TEST_CASE("P10: an IPv4-mapped address is judged as the address that it is") {
  REQUIRE(!reachable("::ffff:127.0.0.1"));
  REQUIRE(!reachable("::ffff:169.254.169.254"));
  REQUIRE(reachable("::ffff:93.184.216.34"));
  REQUIRE(reachable("::ffff:10.0.0.1", Reach::private_too));
}

TEST_CASE("P10: private networks may be allowed; link-local and metadata addresses never are") {
  for (const char* text : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
                           "::1", "fd12:3456::1"}) {
    INFO(text);
    REQUIRE(reachable(text, Reach::private_too));
  }
  for (const char* text :
       {"169.254.169.254", "169.254.0.1", "fe80::1", "100.100.100.200", "fd00:ec2::254", "0.0.0.0",
        "::", "224.0.0.1", "255.255.255.255", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"}) {
    INFO(text);
    REQUIRE(!reachable(text, Reach::private_too));
  }
}

TEST_CASE("P10: a URL is refused where its host is private, this machine or an odd number") {
  for (const char* url :
       {"http://127.0.0.1/", "http://[::1]:8080/x", "https://[::ffff:10.0.0.1]/", "http://10.0.0.1",
        "http://localhost/", "http://LOCALHOST:80/", "http://localhost./", "http://a.localhost/",
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://127.1/",
        "http://0177.0.0.1/", "http://127.0.0.1./", "http://%31%32%37.0.0.1/"}) {
    INFO(url);
    REQUIRE(!check_url(url, Reach::public_only).empty());
  }
  REQUIRE(check_url("http://127.0.0.1:9/x", Reach::private_too).empty());
  REQUIRE(check_url("http://localhost:9/x", Reach::private_too).empty());
  REQUIRE(!check_url("http://169.254.169.254/", Reach::private_too).empty());
}

TEST_CASE("P12: a URL must be absolute http or https without user and fragment") {
  for (const char* url : {"https://shop.example/hooks?a=1", "http://shop.example:8080",
                          "HTTPS://shop.example/", "https://93.184.216.34/x"}) {
    INFO(url);
    REQUIRE(check_url(url, Reach::public_only).empty());
  }
  for (const char* url :
       {"", "shop.example/x", "/x", "ftp://shop.example/", "file:///etc/passwd", "https://",
        "https:///x", "https://u:p@shop.example/", "https://u@shop.example/",
        "https://shop.example/#f", "https://shop.example:0/", "https://shop.example:99999/",
        "https://shop.example/a b", "javascript:alert(1)", "http://93.184.216.34.example/",
        "http://[v1.x]/"}) {
    INFO(url);
    REQUIRE(!check_url(url, Reach::public_only).empty());
  }
  REQUIRE(!check_url("https://shop.example/" + std::string(2048, 'a'), Reach::public_only).empty());
}
