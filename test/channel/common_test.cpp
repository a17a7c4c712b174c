// The rules of plugins/common.
#include <catch2/catch.hpp>

#include "common/crypto.hpp"
#include "common/encoding.hpp"
#include "common/json.hpp"
#include "common/settings.hpp"
#include "common/time.hpp"
#include "crypto.hpp"

namespace tollgate::test {

using namespace tollgate::common;

TEST_CASE("base64 is strict and comes back as it went", "[channel][common]") {
  for (std::size_t size = 0; size < 70; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 37 + size);
    CHECK(base64_encode(bytes) == base64(bytes));
    CHECK(base64_decode(base64(bytes)) == bytes);
  }
  for (const auto* bad : {"A", "AA", "AAA", "A===", "====", "AA=A", "AB==", "AAB=", "AA A", "AAA\n",
                          "AA-_", "AAAA=", "\xff\xff\xff\xff"})
    CHECK_FALSE(base64_decode(bad));
  for (const std::string good : {"AAAAAAAA", "AAAAAAA=", "AAAAAA=="})
    for (std::size_t at = 0; at < good.size() && good[at] != '='; ++at) {
      for (const char wrong : {'-', '\0', '\n', '\x80', '\xff'})
        CHECK_FALSE(base64_decode(std::string(good).replace(at, 1, 1, wrong)));
      if (at < 5) CHECK_FALSE(base64_decode(std::string(good).replace(at, 1, 1, '=')));
    }
}

TEST_CASE("hexadecimal, percent-encoding, digits and tokens", "[channel][common]") {
  CHECK(hex_lower(std::string("\x00\xaf\x10", 3)) == "00af10");
  CHECK(hex_upper(std::string("\x00\xaf\x10", 3)) == "00AF10");
  CHECK(url_encode("aZ0-._~ /?&=%店") == "aZ0-._~%20%2F%3F%26%3D%25%E5%BA%97");
  CHECK(parse_digits("0") == 0);
  CHECK(parse_digits("999999999999999999") == 999'999'999'999'999'999);
  for (const auto* bad : {"", "-1", "+1", " 1", "1 ", "1.0", "1234567890123456789"})
    CHECK_FALSE(parse_digits(bad));
  CHECK(is_token("aZ0", 3));
  CHECK(is_token("a_", 3, "_"));
  CHECK_FALSE(is_token("", 3));
  CHECK_FALSE(is_token("abcd", 3));
  CHECK_FALSE(is_token("a\"", 3, "_"));
}

TEST_CASE("decimals of amounts are changed exactly or not at all", "[channel][common]") {
  CHECK(change_decimals(50, 2, 0) == std::nullopt);
  CHECK(change_decimals(500, 2, 0) == 5);
  CHECK(change_decimals(5, 0, 2) == 500);
  CHECK(change_decimals(7, 2, 2) == 7);
  CHECK_FALSE(change_decimals(INT64_MAX, 0, 1));
}

TEST_CASE("text is bounded without cutting a character", "[channel][common]") {
  CHECK(bounded("店店", 6) == "店店");
  CHECK(bounded("店店", 5) == "店");
  CHECK(bounded("店店", 2) == "");
  CHECK(bmp_text("店a店", 2) == "店a");
}

TEST_CASE("RFC 3339 is read with any offset and written with Beijing's", "[channel][common]") {
  CHECK(format_rfc3339_beijing(0) == "1970-01-01T08:00:00+08:00");
  CHECK(format_rfc3339_beijing(1'767'240'000'999) == "2026-01-01T12:00:00+08:00");
  CHECK(format_rfc3339_beijing(1'709'222'399'000) == "2024-02-29T23:59:59+08:00");
  CHECK(format_rfc3339_beijing(-1) == "1970-01-01T07:59:59+08:00");
  for (const std::int64_t at : {std::int64_t(0), std::int64_t(951'782'400'000), std::int64_t(4e12)})
    CHECK(parse_rfc3339(format_rfc3339_beijing(at)) == at);
  CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_rfc3339("1970-01-01t00:00:00z") == 0);
  CHECK(parse_rfc3339("1969-12-31T19:30:00-04:30") == 0);
  CHECK(parse_rfc3339("2018-06-08T10:34:56+08:00") == 1'528'425'296'000);
  CHECK(parse_rfc3339("1970-01-01T00:00:00.1Z") == 100);
  CHECK(parse_rfc3339("1970-01-01T00:00:00.123999999999Z") == 123);
  for (const auto* bad :
       {"", "2026-01-01", "2026-01-01T12:00:00", "2026-01-01 12:00:00Z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0800",
        "2026-01-01T00:00:00+08:00x", "2026-01-01T00:00:00.Z", "2026-1-1T00:00:00Z",
        "-026-01-01T00:00:00Z", "2026-01-01T00:00:0", "2026-01-01T00:00:00 08:00"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_rfc3339(bad));
  }
}

TEST_CASE("JSON from outside is bounded, and asking wrongly answers nothing (P12)",
          "[channel][common]") {
  const auto document = JsonDocument::parse(
      R"({"t":"店","n":7,"big":9223372036854775808,"f":1.0,"l":[1,"x"],"o":{}})");
  REQUIRE(document);
  const JsonValue root = document->root();
  CHECK(root["t"].text() == "店");
  CHECK(root["n"].integer() == 7);
  CHECK_FALSE(root["big"].integer());
  CHECK_FALSE(root["f"].integer());
  CHECK_FALSE(root["t"].integer());
  CHECK_FALSE(root["n"].text());
  CHECK(root["l"].size() == 2);
  CHECK(root["l"].at(1).text() == "x");
  CHECK_FALSE(root["l"].at(2));
  CHECK_FALSE(root["l"]["x"]);
  CHECK_FALSE(root["no"]["such"].at(3)["place"]);
  CHECK(root["no"].text_or_empty().empty());
  CHECK(root["o"].is_object());
  CHECK(root.names() == std::vector<std::string>{"t", "n", "big", "f", "l", "o"});

  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(JsonDocument::parse(nested(32)));
  CHECK_FALSE(JsonDocument::parse(nested(33)));
  CHECK_FALSE(JsonDocument::parse(nested(1'000'000)));
  CHECK(JsonDocument::parse("\"" + std::string(100, '[') + "\\\"" + std::string(100, '[') + "\""));
  CHECK_FALSE(JsonDocument::parse(std::string(JsonDocument::max_bytes, ' ') + "1"));
  for (const auto* bad : {"", " ", "{", "{}x", "nul", "\"\xff\"", "[1,]", "{'a':1}", "\"\\",
                          "[\"\\ude00\"]", "{\"\\udc00\":1}"})
    CHECK_FALSE(JsonDocument::parse(bad));
  CHECK_FALSE(JsonDocument::parse(std::string_view("{}\0{", 4)));
  CHECK_FALSE(JsonDocument::parse(std::string_view()));  // which points nowhere
}

TEST_CASE("a text of any length is read, wherever something stands in it", "[channel][common]") {
  for (std::size_t size = 0; size < 30; ++size)
    for (std::size_t at = 0; at <= size; ++at) {
      const auto with = [&](std::string_view part) {
        return std::string(at, 'x') + std::string(part) + std::string(size - at, 'y');
      };
      const auto parsed = JsonDocument::parse("[\"" + with(R"(\n\u5e97)") + "\",\"z\"]");
      REQUIRE(parsed);
      CHECK(parsed->root().at(0).text() == with("\n店"));
      CHECK(parsed->root().at(1).text() == "z");
      CHECK(JsonDocument::parse("[\"" + with("店\x7f") + "\"]"));
      for (const auto* bad : {"\n", "\x1f", "\"", "\\x", "\\u12"})
        CHECK_FALSE(JsonDocument::parse("[\"" + with(bad) + "\"]"));
      CHECK_FALSE(JsonDocument::parse("[\"" + with("")));
    }
}

TEST_CASE("JSON is written without spaces, in order, escaped", "[channel][common]") {
  CHECK(JsonObjectWriter()
            .text("a", "\"\n店")
            .begin("o")
            .integer("n", INT64_MIN)
            .end()
            .text("", "")
            .finish() == "{\"a\":\"\\\"\\n店\",\"o\":{\"n\":-9223372036854775808},\"\":\"\"}");
}

TEST_CASE("digests are the published ones", "[channel][common]") {
  CHECK(hex_lower(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_lower(sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(hex_lower(sha1("")) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST_CASE("bytes are compared whole", "[channel][common]") {
  CHECK(equal_constant_time("", ""));
  CHECK(equal_constant_time("abc", "abc"));
  CHECK_FALSE(equal_constant_time("abc", "abd"));
  CHECK_FALSE(equal_constant_time("abc", "ab"));
}

TEST_CASE("keys sign and verify, and only RSA of 2048 bits or more is a key", "[channel][common]") {
  const KeyPair pair, other;
  const auto key = PrivateKey::from_pem(pair.private_pem());
  REQUIRE(key);
  const std::string signature = key->sign_sha256("message");
  CHECK(verify(pair.public_pem(), "message", base64(signature)));
  CHECK_FALSE(verify(other.public_pem(), "message", base64(signature)));
  const auto verifier = PublicKey::from_pem(pair.public_pem());
  REQUIRE(verifier);
  CHECK(verifier->verify_sha256("message", signature));
  CHECK_FALSE(verifier->verify_sha256("Message", signature));
  CHECK_FALSE(verifier->verify_sha256("message", signature.substr(1)));
  CHECK_FALSE(verifier->verify_sha256("message", ""));
  const KeyPair weak(1024);
  CHECK_FALSE(PrivateKey::from_pem(weak.private_pem()));
  CHECK_FALSE(PublicKey::from_pem(weak.public_pem()));
  CHECK_FALSE(PrivateKey::from_pem(pair.public_pem()));
  CHECK_FALSE(PublicKey::from_pem(pair.private_pem()));
  for (const auto* bad :
       {"", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    CHECK_FALSE(PrivateKey::from_pem(bad));
    CHECK_FALSE(PublicKey::from_pem(bad));
    CHECK_FALSE(Certificate::from_pem(bad));
  }
}

TEST_CASE("an encrypted private key is refused without asking anybody for its passphrase",
          "[channel][common]") {
  const std::string encrypted =
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
      "DEK-Info: AES-256-CBC,00000000000000000000000000000000\n\n"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END RSA PRIVATE KEY-----\n";
  CHECK_FALSE(PrivateKey::from_pem(encrypted));
}

TEST_CASE("a certificate tells its serial, its time and its key", "[channel][common]") {
  const KeyPair pair;
  const auto certificate =
      Certificate::from_pem(pair.certificate_pem("0ABCDEF0", 1'000'000'000'000, 2'000'000'000'000));
  REQUIRE(certificate);
  CHECK(certificate->serial() == "0ABCDEF0");
  CHECK(certificate->not_before_ms() == 1'000'000'000'000);
  CHECK(certificate->not_after_ms() == 2'000'000'000'000);
  CHECK(certificate->valid_at(1'000'000'000'000));
  CHECK(certificate->valid_at(2'000'000'000'000));
  CHECK_FALSE(certificate->valid_at(999'999'999'999));
  CHECK_FALSE(certificate->valid_at(2'000'000'000'001));
  CHECK(certificate->key().verify_sha256("m", unbase64(pair.sign("m"))));
}

TEST_CASE("a gateway is split into what is connected to and what is signed", "[channel][common]") {
  CHECK(parse_gateway("https://a.b:8443/x/y//").origin == "https://a.b:8443");
  CHECK(parse_gateway("https://a.b:8443/x/y//").path == "/x/y");
  CHECK(parse_gateway("https://a.b").path.empty());
  CHECK(parse_gateway("https://a.b/").path.empty());
}

}  // namespace tollgate::test
