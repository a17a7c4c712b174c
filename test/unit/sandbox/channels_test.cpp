// The rules of single channels, by published and derived vectors, and the steps of the books that
// only some channels take. What is signed is judged from outside by test/contract.
#include <catch2/catch.hpp>

#include "bench.hpp"
#include "sandbox/alipay_order.hpp"
#include "sandbox/authority.hpp"
#include "sandbox/form.hpp"
#include "sandbox/gbk.hpp"
#include "sandbox/ipaylinks_message.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/paypal_order.hpp"
#include "sandbox/paypal_webhook.hpp"

using namespace tollgate;
using namespace tollgate::sandbox;
using namespace tollgate::sandbox::test;

namespace {

const std::string vectors = std::string(TOLLGATE_TEST_DATA_DIR) + "/vectors/";
const TradeKey key{"paypal", "SHOP", "ORDER1"};

Trade order(std::int64_t amount = 1234) {
  Trade trade;
  trade.key = key;
  trade.merchant_no = "T1";
  trade.handle = "ORDER1";
  trade.amount = amount;
  trade.currency = "USD";
  trade.created_at = {1'000};
  trade.expires_at = {10'000};
  return trade;
}

Payment payment(TradeState state = TradeState::success, std::int64_t amount = 1234) {
  return {"CAPTURE1", "WH-1", "ann", amount, {2'000}, "CAPTURED", state};
}

}  // namespace

TEST_CASE("Alipay's numbers of published certificates are computed as published", "[sandbox]") {
  const auto published = parsed(file_text(vectors + "alipay.json"));
  for (const auto& vector : published["cert_sn_published"].GetArray()) {
    const std::string pem = file_text(vectors + at(vector, "/file"));
    const std::string sn = at(vector, "/sn");
    INFO(at(vector, "/id"));
    CHECK((sn.find('_') == std::string::npos ? alipay_cert_sn(pem) : alipay_root_cert_sn(pem)) ==
          sn);
  }
}

TEST_CASE("an issued certificate bears its issuer's name, and its number is Alipay's",
          "[sandbox]") {
  SystemRandom random;
  const PKey key = generate_rsa_key();
  CertificateWish wish;
  wish.common_name = "root";
  wish.organisation = "o";
  wish.serial = random_serial(random);
  wish.from = {1'767'225'600'000};
  wish.authority = true;
  const Issuer root{issue_certificate(key, wish), key};
  wish.common_name = "leaf";
  wish.serial = random_serial(random);
  wish.authority = false;
  const std::string leaf = issue_certificate(key, wish, &root);
  CHECK(alipay_cert_sn(leaf) != alipay_cert_sn(root.pem));
  CHECK(alipay_cert_sn(leaf).size() == 32);
  CHECK(alipay_root_cert_sn(root.pem + leaf) ==
        alipay_cert_sn(root.pem) + "_" + alipay_cert_sn(leaf));
  const std::string elliptic = issue_certificate(generate_ec_key(), wish);
  CHECK(alipay_root_cert_sn(elliptic + root.pem) == alipay_cert_sn(root.pem));
}

TEST_CASE("PayPal's signed text of published webhooks", "[sandbox]") {
  const auto published = parsed(file_text(vectors + "paypal.json"));
  for (const auto& vector : published["crc32_check"].GetArray()) {
    const bool ascii = vector.HasMember("ascii");
    CHECK(std::to_string(crc32_of(at(vector, ascii ? "/ascii" : "/utf8"))) == at(vector, "/crc32"));
  }
  for (const auto& vector : published["published"].GetArray()) {
    if (!vector.HasMember("body_raw")) continue;
    CHECK(paypal_signed_text(at(vector, "/transmission_id"), at(vector, "/transmission_time"),
                             at(vector, "/webhook_id"),
                             at(vector, "/body_raw")) == at(vector, "/signed_string"));
  }
}

TEST_CASE("iPayLinks' signatures of the derived vectors", "[sandbox]") {
  const auto derived = parsed(file_text(vectors + "ipaylinks.json"));
  for (const auto& vector : derived["derived"].GetArray()) {
    Fields fields;
    for (const auto& member : vector["params"].GetObject())
      fields.emplace_back(member.name.GetString(), member.value.GetString());
    const bool first = vector.HasMember("signMsg");
    fields.emplace_back(first ? "signMsg" : "sign", "not part of it");
    CHECK(ipaylinks_signature(fields, first ? "signMsg" : "sign", "TESTKEY123", {}) ==
          at(vector, first ? "/signMsg" : "/sign"));
  }
}

TEST_CASE("amounts on the wire: yuan, PayPal's decimals, a hundredfold", "[sandbox]") {
  CHECK(read_yuan("0.01") == 1);
  CHECK(read_yuan("88.8") == 8880);
  CHECK(read_yuan("100000000") == 10'000'000'000);
  for (const char* wrong :
       {"", "0", "0.00", "-1", "1.", ".5", "1.001", "01", "1e2", "100000000.01", " 1", "1 "})
    CHECK_FALSE(read_yuan(wrong));
  CHECK(write_yuan(5) == "0.05");
  CHECK(paypal_value(1234, "USD") == "12.34");
  CHECK(paypal_value(50'000, "HUF") == "500");
  CHECK(paypal_value(500, "JPY") == "500");
  CHECK(paypal_value(1234, "KWD") == "1.234");
  CHECK(ipaylinks_minor("1234", "USD", 1) == 1234);
  CHECK(ipaylinks_minor("50000", "JPY", 1) == 500);
  CHECK_FALSE(ipaylinks_minor("50001", "JPY", 1));
  CHECK_FALSE(ipaylinks_minor("500", "JPY", 2));
  CHECK_FALSE(ipaylinks_minor("1234", "KWD", 1));
  CHECK_FALSE(ipaylinks_minor("0", "USD", 1));
  CHECK(ipaylinks_wire(500, "JPY", 1) == "50000");
}

TEST_CASE("GBK: Chinese in two bytes, what it lacks as a question mark", "[sandbox]") {
  CHECK(to_gbk("a测试") == "a\xb2\xe2\xca\xd4");
  CHECK(to_gbk("😀x") == "?x");
  CHECK(to_gbk("") == "");
  std::string long_text;
  std::string expected;
  for (int i = 0; i < 1000; ++i) long_text += "测", expected += "\xb2\xe2";
  CHECK(to_gbk(long_text) == expected);
}

TEST_CASE("forms are decoded once, and keep what stands twice", "[sandbox]") {
  const auto fields = parse_form("a=1&b=%26+x&a=2&c=&d");
  REQUIRE(fields);
  CHECK(field_of(*fields, "b") == "& x");
  CHECK(doubled(*fields) == "a");
  CHECK(fields->size() == 5);
  CHECK_FALSE(parse_form("a=%zz"));
  CHECK(sorted_text({{"b", "2"}, {"a", "1"}, {"c", ""}}, false) == "a=1&b=2");
  CHECK(sorted_text({{"b", "2"}, {"a", ""}}, true) == "a=&b=2");
  CHECK(write_form({{"a", "x y&"}}) == "a=x%20y%26");
}

TEST_CASE("an approved order is paid by its capture, once, for what was agreed", "[sandbox]") {
  Ledger ledger;
  ledger.place(order());
  CHECK(ledger.find_number("T1"));
  CHECK(ledger.find_number("ORDER1"));
  const Change agreed = ledger.approve(key, payment(TradeState::success, 1));
  CHECK(agreed.verdict == Verdict::done);
  CHECK(agreed.trade.agreed_amount == 1);
  CHECK(ledger.approve(key, payment()).verdict == Verdict::again);
  CHECK(ledger.payable({2'000}, 10).empty());
  CHECK(ledger.disapprove(key).trade.state == TradeState::notpay);
  CHECK(ledger.approve(key, payment()).verdict == Verdict::done);
  Payment late = payment();
  late.at = {20'000};  // what was agreed on does not expire here
  CHECK(ledger.pay(key, late).verdict == Verdict::done);
  CHECK(ledger.approve(key, payment()).verdict == Verdict::paid);
  CHECK(ledger.totals().at({"paypal", "SHOP"}).at("USD").paid_amount == 1234);
}

TEST_CASE("a pending capture books nothing until it is settled, a failed one never", "[sandbox]") {
  Ledger ledger;
  ledger.place(order());
  CHECK(ledger.pay(key, payment(TradeState::pending)).trade.paid_amount == 0);
  CHECK(ledger.totals().empty());
  CHECK(ledger.find_transaction("CAPTURE1"));
  CHECK(ledger.pay(key, payment()).trade.state == TradeState::success);

  Ledger other;
  other.place(order());
  CHECK(other.pay(key, payment(TradeState::failed)).trade.state == TradeState::failed);
  CHECK(other.pay(key, payment()).verdict == Verdict::failed);
  CHECK(other.close(key).verdict == Verdict::failed);
  CHECK(other.totals().empty());
  CHECK(other.place(order()).verdict == Verdict::failed);
  Trade anew = order(99);
  anew.anew = true;
  CHECK(other.place(anew).verdict == Verdict::done);
  CHECK(other.find(key)->amount == 99);
  CHECK(other.find(key)->state == TradeState::notpay);
}

TEST_CASE("refunds never exceed what was paid", "[sandbox]") {
  Ledger ledger;
  ledger.place(order());
  CHECK(ledger.refund(key, {"R1", 1, "SUCCESS", {}}, {}).verdict == Verdict::closed);
  ledger.pay(key, payment());
  CHECK(ledger.refund(key, {"R1", 1000, "SUCCESS", {}}, {}).verdict == Verdict::done);
  CHECK(ledger.refund(key, {"R2", 235, "SUCCESS", {}}, {}).verdict == Verdict::full);
  CHECK(ledger.refund(key, {"R2", 234, "SUCCESS", {}}, {}).trade.refunded() == 1234);
  CHECK(ledger.totals().at({"paypal", "SHOP"}).at("USD").refunded_count == 2);
}
