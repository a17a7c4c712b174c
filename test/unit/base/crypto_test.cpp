#include "base/crypto.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>

#include "base/random.hpp"

using namespace tollgate;

TEST_CASE("SHA-256 and HMAC-SHA256 agree with FIPS 180-4 and RFC 4231") {
  CHECK(hex_lower(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_lower(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("base64 is strict and exact") {
  CHECK(base64_encode("") == "");
  CHECK(base64_encode("f") == "Zg==");
  CHECK(base64_encode("foobar") == "Zm9vYmFy");
  CHECK(base64_decode("Zg==") == "f");
  CHECK(base64_decode("Zm9vYmFy") == "foobar");
  for (const char* bad : {"Z", "Zg", "Zg=", "Zg===", "Z===", "Zm9v\n", " Zg=", "Zm9*",
                          "====", "Zg=a", "Zh==", "Zm9="})
    CHECK_FALSE(base64_decode(bad));
  SeededRandom random(3);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    CHECK(base64_decode(base64_encode(bytes)) == bytes);
  }
}

TEST_CASE("constant-time comparison still compares") {
  CHECK(equal_constant_time("abc", "abc"));
  CHECK_FALSE(equal_constant_time("abc", "abd"));
  CHECK_FALSE(equal_constant_time("abc", "abcd"));
}

TEST_CASE("randomness stays in its bounds and repeats from its seed") {
  SeededRandom a(42), b(42);
  for (int i = 0; i < 1000; ++i) {
    const auto value = a.below(10);
    CHECK(value < 10);
    CHECK(value == b.below(10));
    const auto jittered = a.jitter(1000, 20);
    CHECK(jittered >= 800);
    CHECK(jittered <= 1200);
    (void)b.jitter(1000, 20);
  }
  for (const std::size_t size : {0, 1, 32, 64, 65, 1'280, 5'000}) {
    const auto text = a.alphanumeric(size);
    CHECK(text.size() == size);
    CHECK(std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0; }));
  }
  CHECK(a.jitter(0, 20) == 0);
}
