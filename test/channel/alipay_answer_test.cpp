// Alipay: finding in an answer the bytes that are signed.
#include <catch2/catch.hpp>

#include "alipay/answer.hpp"
#include "alipay_peer.hpp"

namespace tollgate::test {
namespace {

using alipay::Answer;
using alipay::AnswerText;

constexpr std::string_view method = "alipay.trade.query";

std::string node(const std::string& body) {
  const auto answer = AnswerText::read(body, method);
  return answer ? std::string(answer->node) : "refused";
}

}  // namespace

TEST_CASE("the node is taken as it stands, whatever is around and in it", "[channel][alipay]") {
  const auto found = [](const std::string& node_text) {
    return node("{\"alipay_trade_query_response\":" + node_text + ",\"sign\":\"x\"}") == node_text;
  };
  CHECK(found(R"({"code":"10000"})"));
  CHECK(found(R"({ "code" : "10000" , "a":[1,{"b":2}],"c":-1.5e3,"d":null })"));
  CHECK(found("{\n\t\"code\":\"10000\"\r\n}"));
  CHECK(found(R"({"qr_code":"https:\/\/qr.alipay.com\/bax"})"));
  CHECK(found(R"({"msg":"店","u":"\u5e97"})"));
  CHECK(found(R"({"msg":"}],\"sign\":\"forged\"}{[\\"})"));
  CHECK(found(R"({"msg":"\\","b":"\\\""})"));
  CHECK(found(R"({"sign":"inner","alipay_cert_sn":"inner"})"));
  CHECK(found(R"({"alipay_trade_query_response":{"code":"1"},"error_response":{}})"));
  CHECK(
      node(" {\t\"alipay_trade_query_response\" \n: \r\n{\"code\":\"1\"} , \"sign\" : \"x\" } ") ==
      "{\"code\":\"1\"}");
  CHECK(node(R"({"sign":"x","a":[{"alipay_trade_query_response":{"n":1}}],)"
             R"("alipay_trade_query_response":{"n":2}})") == R"({"n":2})");
  CHECK(node(R"({"alipay_trade_quer\u0079_response":{"n":2},"sign":"x"})") == R"({"n":2})");
  CHECK(node(R"({"error_response":{"code":"40002"}})") == R"({"code":"40002"})");
}

TEST_CASE("signature and certificate are those beside the node, in any order",
          "[channel][alipay]") {
  const auto read = [](const std::string& body) { return AnswerText::read(body, method).value(); };
  const AnswerText answer = read(
      R"({"sign":"a\/b\u002b=","alipay_cert_sn":"00ff","alipay_trade_query_response":{"sign":"z"}})");
  CHECK(answer.sign == "a/b+=");
  CHECK(answer.cert_sn == "00ff");
  CHECK(read(R"({"alipay_trade_query_response":{"sign":"z","alipay_cert_sn":"y"}})").sign.empty());
  CHECK(read(R"({"alipay_trade_query_response":{"alipay_cert_sn":"y"}})").cert_sn.empty());
  for (const auto* odd : {"null", "7", "[\"x\"]", "{\"x\":\"y\"}", "\"\""})
    CHECK(
        read(R"({"alipay_trade_query_response":{},"sign":)" + std::string(odd) + "}").sign.empty());
}

TEST_CASE("an answer that could be read in two ways is not read (P8)", "[channel][alipay]") {
  const std::string one = R"("alipay_trade_query_response":{"code":"10000"})";
  for (const std::string& body :
       {"{" + one + "," + one + ",\"sign\":\"x\"}",
        "{" + one + R"(,"alipay_trade_quer\u0079_response":{"code":"1"},"sign":"x"})",
        "{" + one + R"(,"error_response":{"code":"1"},"sign":"x"})",
        "{" + one + R"(,"sign":"x","sign":"y"})", "{" + one + R"(,"sign":"x","\u0073ign":"y"})",
        "{" + one + R"(,"alipay_cert_sn":"x","alipay_cert_sn":"y"})",
        "{" + one + R"(,"other":1,"other":2})"}) {
    CAPTURE(body);
    CHECK(node(body) == "refused");
  }
  CHECK_FALSE(Answer::read(R"({"code":"10000","trade_status":"A","trade_status":"B"})"));
  CHECK_FALSE(Answer::read(R"({"code":"10000","cod\u0065":"40004"})"));
}

TEST_CASE("what is no answer of the gateway's is refused (P10, P12)", "[channel][alipay]") {
  for (const std::string& body :
       {std::string(), std::string("null"), std::string("[]"), std::string("\"x\""),
        std::string("{}"), std::string(R"({"sign":"x"})"),
        std::string(R"({"alipay_trade_refund_response":{"code":"10000"},"sign":"x"})"),
        std::string(R"({"alipay_trade_query_response":"encrypted","sign":"x"})"),
        std::string(R"({"alipay_trade_query_response":[],"sign":"x"})"),
        std::string(R"({"alipay_trade_query_response":{"code":"10000"},"sign":"x")"),
        std::string(R"({"alipay_trade_query_response":{"code":"10000"}} x)"),
        std::string("{\"alipay_trade_query_response\":{\"msg\":\"\xD6\xA7\xB8\xB6\"}}"),  // GBK
        "{\"alipay_trade_query_response\":" + std::string(100'000, '{'),
        "{\"alipay_trade_query_response\":{\"x\":\"" + std::string(5'000'000, 'x') + "\"}}"}) {
    CAPTURE(body.substr(0, 60));
    CHECK(node(body) == "refused");
  }
  for (const auto* odd : {"", "{}", "[]", R"({"code":10000})", R"({"code":""})", R"({"Code":"1"})"})
    CHECK_FALSE(Answer::read(odd));
}

}  // namespace tollgate::test
