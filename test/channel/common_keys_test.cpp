// The rules of plugins/common: keys as texts, and certificates in files.
#include <catch2/catch.hpp>

#include "authority.hpp"
#include "common/certificates.hpp"
#include "common/crypto.hpp"
#include "common/encoding.hpp"

namespace tollgate::test {
namespace {

using namespace tollgate::common;

constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
constexpr std::int64_t now_ms = 1'767'240'000'000;
constexpr Life life{now_ms - day_ms, now_ms + day_ms};

std::string body_of(const std::string& pem) {
  const auto start = pem.find('\n') + 1;
  return pem.substr(start, pem.rfind("-----END") - start);
}

}  // namespace

TEST_CASE("HMAC-SHA-256 is that of RFC 4231", "[channel][common]") {
  CHECK(hex_lower(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("MD5 is the published one", "[channel][common]") {
  CHECK(hex_lower(md5("")) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(hex_lower(md5("abc")) == "900150983cd24fb0d6963f7d28e17f72");
}

TEST_CASE("a key's text is PEM or its base64 alone", "[channel][common]") {
  const KeyPair pair;
  for (const std::string& pem : {pair.private_pem(), pair.pkcs1_pem()}) {
    REQUIRE(PrivateKey::from_text(pem));
    const auto bare = PrivateKey::from_text(body_of(pem));
    REQUIRE(bare);
    CHECK(bare->sign_sha256("m") == PrivateKey::from_pem(pem)->sign_sha256("m"));
    CHECK_FALSE(PublicKey::from_text(body_of(pem)));
  }
  REQUIRE(PublicKey::from_text(pair.public_pem()));
  REQUIRE(PublicKey::from_text(body_of(pair.public_pem())));
  CHECK_FALSE(PrivateKey::from_text(body_of(pair.public_pem())));
  const std::string body = body_of(pair.private_pem());
  for (const std::string& bad :
       {std::string(), std::string(" \n"), std::string("x"), "%" + body, body + "=",
        body + "===", body.substr(4), body.substr(0, body.size() / 2), std::string(100'000, 'A')}) {
    CAPTURE(bad.substr(0, 20), bad.size());
    CHECK_FALSE(PrivateKey::from_text(bad));
    CHECK_FALSE(PublicKey::from_text(bad));
  }
}

TEST_CASE("a public key knows its private half", "[channel][common]") {
  const KeyPair pair, other;
  const auto key = PublicKey::from_pem(pair.public_pem());
  CHECK(key->belongs_to(PrivateKey::from_pem(pair.private_pem()).value()));
  CHECK_FALSE(key->belongs_to(PrivateKey::from_pem(other.private_pem()).value()));
}

TEST_CASE("a file's certificates tell issuer, serial and algorithm", "[channel][common]") {
  const Authority root({"CN", "Ant", "Unit", "根 R1"}, 7, life);
  const KeyPair subject;
  const auto file = CertificateFile::from_pem(
      "text before\n" + root.issue(subject, {"CN", "S", "U", "C"}, INT64_MAX, life) + "between\n" +
      root.pem());
  REQUIRE(file);
  REQUIRE(file->size() == 2);
  CHECK(file->issuer(0) == "CN=根 R1,OU=Unit,O=Ant,C=CN");
  CHECK(file->issuer(1) == file->issuer(0));
  CHECK(file->serial_decimal(0) == "9223372036854775807");
  CHECK(file->serial_decimal(1) == "7");
  CHECK(file->signed_by_rsa(0));
  for (const std::string& bad :
       {std::string(), std::string("x"), subject.public_pem(), root.pem().substr(0, 100),
        root.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
    CHECK_FALSE(CertificateFile::from_pem(bad));
}

TEST_CASE("a certificate is issued by roots through those between, in their time (P8)",
          "[channel][common]") {
  const Names names{"CN", "Ant", "Unit", "Root"};
  const Authority root(names, 1, life), twin(names, 1, life);
  const Authority between(root, {"CN", "Ant", "Unit", "Between"}, 2, life);
  const Authority old(root, {"CN", "Ant", "Unit", "Old"}, 3, {0, now_ms - 1000});
  const KeyPair subject;
  const Names leaf{"CN", "Shop", "Unit", "Leaf"};
  const auto read = [](const std::string& pem) { return CertificateFile::from_pem(pem).value(); };
  const auto roots = read(root.pem());
  const auto issued = [&](const std::string& pem, std::int64_t at_ms = now_ms) {
    return read(pem).issued_by(roots, at_ms);
  };
  const std::string below = between.issue(subject, leaf, 9, life);
  CHECK(issued(root.issue(subject, leaf, 9, life)));
  CHECK(issued(below + between.pem()));
  CHECK(issued(below + twin.pem() + between.pem()));
  CHECK_FALSE(issued(below));
  CHECK_FALSE(issued(below + between.pem(), now_ms + 2 * day_ms));
  CHECK_FALSE(issued(below + between.pem(), now_ms - 2 * day_ms));
  CHECK_FALSE(issued(old.issue(subject, leaf, 9, life) + old.pem()));
  CHECK_FALSE(issued(twin.issue(subject, leaf, 9, life)));
  CHECK_FALSE(issued(twin.issue(subject, leaf, 9, life) + twin.pem()));
  CHECK_FALSE(issued(twin.pem()));
  // What was issued to somebody vouches for nobody.
  const std::string shop = root.issue(subject, leaf, 9, life);
  CHECK_FALSE(issued(twin.issue(subject, leaf, 10, life) + shop));
}

}  // namespace tollgate::test
