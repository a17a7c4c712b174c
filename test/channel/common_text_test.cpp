// The rules of plugins/common: decimals, forms, character sets, times of channels, JSON as it
// stands.
#include <catch2/catch.hpp>

#include "common/charset.hpp"
#include "common/encoding.hpp"
#include "common/form.hpp"
#include "common/json.hpp"
#include "common/time.hpp"

namespace tollgate::test {

using namespace tollgate::common;

TEST_CASE("decimals are read and written exactly", "[channel][common]") {
  for (const auto& [text, units] : std::vector<std::pair<std::string, std::int64_t>>{
           {"0", 0},
           {"0.00", 0},
           {"0.01", 1},
           {"0.1", 10},
           {"1", 100},
           {"1.1", 110},
           {"10.05", 1005},
           {"100000000.00", 10'000'000'000},
           {"999999999999999.99", 99'999'999'999'999'999}})
    CHECK(parse_decimal(text, 2) == units);
  for (const auto* bad : {"", ".", "1.", ".5", "1.100", "01.10", "00", "-1", "+1", "1e2", " 1",
                          "1 ", "1,00", "1.0.0", "0x1", "1_0", "NaN", "1000000000000000", "１"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_decimal(bad, 2));
  }
  CHECK(parse_decimal("12", 0) == 12);
  CHECK_FALSE(parse_decimal("12.0", 0));
  CHECK(parse_decimal("1.234", 3) == 1234);
  CHECK(format_decimal(0, 2) == "0.00");
  CHECK(format_decimal(5, 2) == "0.05");
  CHECK(format_decimal(50, 2) == "0.50");
  CHECK(format_decimal(123, 2) == "1.23");
  CHECK(format_decimal(123, 0) == "123");
  CHECK(format_decimal(1, 3) == "0.001");
  for (const std::int64_t units : {0LL, 1LL, 99LL, 100LL, 10'000'000'000LL})
    CHECK(parse_decimal(format_decimal(units, 2), 2) == units);
}

TEST_CASE("a form is decoded once and strictly", "[channel][common]") {
  const auto form = parse_form("b=%E5%BA%97+%2B%25&a.B_c-1=&c=x=y&d=%00%ff");
  REQUIRE(form);
  CHECK(form->size() == 4);
  CHECK(form->at("b") == "店 +%");
  CHECK(form->at("a.B_c-1").empty());
  CHECK(form->at("c") == "x=y");
  CHECK(form->at("d") == std::string("\0\xff", 2));
  for (const std::string& bad :
       {std::string(""),         std::string("a"),           std::string("=1"),
        std::string("a=1&"),     std::string("&a=1"),        std::string("a=1&&b=2"),
        std::string("a=1&a=1"),  std::string("a=1&%61=2"),   std::string("a=%"),
        std::string("a=%0"),     std::string("a=%0g"),       std::string("a=b c"),
        std::string("a=\n"),     std::string("a=\x7f"),      std::string("a=\xE5"),
        std::string("a\0=1", 4), std::string("%00=1"),       std::string("a%20b=1"),
        std::string("{=1"),      std::string(65, 'a') + "=1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_form(bad));
  }
  CHECK(parse_form("a=1&b=2", 2));
  CHECK_FALSE(parse_form("a=1&b=2&c=3", 2));
  CHECK(encode_form({{"b", "店 +"}, {"a", "&="}}) == "a=%26%3D&b=%E5%BA%97%20%2B");
  const Form every = [] {
    Form made;
    for (int byte = 0; byte < 256; ++byte) made["x"] += static_cast<char>(byte);
    return made;
  }();
  CHECK(parse_form(encode_form(every)) == every);
}

TEST_CASE("text is told over between UTF-8 and GBK, or not at all", "[channel][common]") {
  CHECK(charset_of("UTF-8") == Charset::utf8);
  CHECK(charset_of("utf8") == Charset::utf8);
  CHECK(charset_of("gbk") == Charset::gbk);
  CHECK(charset_of("GB2312") == Charset::gbk);
  CHECK_FALSE(charset_of(""));
  CHECK_FALSE(charset_of("UTF-16"));
  const std::string gbk = "a\xD6\xA7\xB8\xB6\xB1\xA6 \xD5\x5C";
  CHECK(transcode(gbk, Charset::gbk, Charset::utf8) == "a支付宝 誠");
  CHECK(transcode("a支付宝 誠", Charset::utf8, Charset::gbk) == gbk);
  CHECK(transcode("", Charset::gbk, Charset::utf8) == "");
  CHECK_FALSE(transcode("\xD6", Charset::gbk, Charset::utf8));
  CHECK_FALSE(transcode("\xFF\xFF", Charset::gbk, Charset::utf8));
  CHECK_FALSE(transcode("\xE5\xBA", Charset::utf8, Charset::gbk));
  CHECK_FALSE(transcode("\xF0\x9F\x98\x80", Charset::utf8, Charset::gbk));
}

TEST_CASE("Beijing's time is read and written without its zone", "[channel][common]") {
  CHECK(format_beijing(1'767'240'000'999) == "2026-01-01 12:00:00");
  CHECK(format_beijing(0) == "1970-01-01 08:00:00");
  CHECK(parse_beijing("2026-01-01 12:00:00") == 1'767'240'000'000);
  CHECK(parse_beijing("2024-02-29 23:59:59") == 1'709'222'399'000);
  for (const auto* bad : {"", "2026-01-01", "2026-01-01T12:00:00", "2026-01-01 12:00:00.1",
                          "2026-01-01 12:00:00Z", "2026-02-30 12:00:00", "2026-01-01 24:00:00",
                          "2026-1-01  12:00:00", "2026-01-01 12:00:0x"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_beijing(bad));
  }
}

TEST_CASE("an object's members are found as they stand in the text", "[channel][common]") {
  const std::string text =
      " { \"a\" : {\"b\": [1, {\"c\":\"}\\\"]\"} ] } "
      ",\n\"\\u0062\":-1.5E3,\"c\":null,\"d\":\"x\\\\\","
      "\"a\":[],\"\":true} ";
  const auto members = raw_members(text);
  REQUIRE(members);
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [name, value] : *members) found.emplace_back(name, value);
  CHECK(found ==
        std::vector<std::pair<std::string, std::string>>{{"a", R"({"b": [1, {"c":"}\"]"} ] })"},
                                                         {"b", "-1.5E3"},
                                                         {"c", "null"},
                                                         {"d", R"("x\\")"},
                                                         {"a", "[]"},
                                                         {"", "true"}});
  CHECK(raw_members("{}")->empty());
  CHECK(raw_members(" {\n} ")->empty());
  for (const auto* bad : {"", "[]", "1", "\"{}\"", "{", "{\"a\":1,}", "{\"a\":1} x"})
    CHECK_FALSE(raw_members(bad));
}

TEST_CASE("compact times are read and written in a zone of whole hours", "[channel][common]") {
  CHECK(format_compact(1'767'240'000'999, 8) == "20260101120000");
  CHECK(format_compact(1'767'240'000'000, 0) == "20260101040000");
  CHECK(format_compact(1'767'240'000'000, -5) == "20251231230000");
  for (const int zone : {-12, 0, 8, 14})
    CHECK(parse_compact(format_compact(1'709'222'399'000, zone), zone) == 1'709'222'399'000);
  for (const auto* bad : {"", "2026010112000", "202601011200000", "20261301120000",
                          "2026010112000x", "20260101 12000", "-0260101120000"})
    CHECK_FALSE(parse_compact(bad, 8));
}

TEST_CASE("a page that posts a form escapes what it is made of", "[channel][common]") {
  CHECK(
      posting_page("https://x/?a=1&b=2", {{"n\"", "<'>"}}) ==
      "<form id=\"pay\" method=\"post\" accept-charset=\"utf-8\" "
      "action=\"https://x/?a=1&amp;b=2\"><input type=\"hidden\" name=\"n&quot;\" "
      "value=\"&lt;&#39;&gt;\"></form><script>document.getElementById(\"pay\").submit();</script>");
}

}  // namespace tollgate::test
