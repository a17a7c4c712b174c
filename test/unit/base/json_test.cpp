#include <catch2/catch.hpp>

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"

using namespace tollgate;
using namespace tollgate::json;

namespace {

/// The complaints about one body, as "pointer: detail" lines.
std::string complaints(const std::string& text) {
  const auto document = Document::parse(text);
  if (!document) return "malformed " + document.error().fields.at(0).pointer;
  Errors errors;
  Object in(*document, errors);
  in.text("name", {1, 5});
  in.integer("count", {1, 10});
  in.optional_boolean("flag");
  in.objects("items", 0, 2, [](Object& item) {
    item.text("id");
    item.finish();
  });
  in.flat_texts("meta", 2, {0, 3});
  in.finish();
  if (errors.empty()) return "";
  std::string out;
  for (const auto& field : errors.take().fields) out += field.pointer + ": " + field.detail + "\n";
  return out;
}

}  // namespace

TEST_CASE("a sound body has no complaints") {
  CHECK(complaints(R"({"name":"ab","count":3,"flag":true,"items":[{"id":"x"}],"meta":{"a":"b"}})")
            .empty());
}

TEST_CASE("every wrong value is named by its pointer, all at once") {
  CHECK(complaints(R"({})") == "/name: is missing\n/count: is missing\n");
  CHECK(complaints(R"({"name":3,"count":"x"})") ==
        "/name: must be a string\n/count: must be an integer\n");
  CHECK(complaints(R"({"name":"","count":0})") ==
        "/name: must not be empty\n/count: must be at least 1\n");
  CHECK(complaints(R"({"name":"abcdef","count":11})") ==
        "/name: must have at most 5 characters\n/count: must be at most 10\n");
  CHECK(complaints(R"({"name":"a","count":1.0})") == "/count: must be an integer\n");
  CHECK(complaints(R"({"name":"a","count":1e2})") == "/count: must be an integer\n");
  CHECK(complaints(R"({"name":"a","count":9223372036854775808})") == "/count: is too large\n");
  CHECK(complaints(R"({"name":"a","count":99999999999999999999999})") == "/count: is too large\n");
  CHECK(complaints(R"({"name":"a","count":1,"more":1})") == "/more: is not a known field\n");
  CHECK(complaints(R"({"name":"a","count":1,"items":[{"id":"x","a/b~c":1}]})") ==
        "/items/0/a~1b~0c: is not a known field\n");
  CHECK(complaints(R"({"name":"a","count":1,"items":[1]})") == "/items/0: must be an object\n");
  CHECK(complaints(R"({"name":"a","count":1,"items":{}})") == "/items: must be an array\n");
  CHECK(complaints(R"({"name":"a","count":1,"meta":{"k":"long"}})") ==
        "/meta/k: must have at most 3 characters\n");
  CHECK(complaints(R"({"name":"a\u0000","count":1})") ==
        "/name: must hold no control characters\n");
  CHECK(complaints("[]") == ": must be an object\n");
}

TEST_CASE("lengths count characters, not bytes") {
  CHECK(
      complaints(
          "{\"name\":\"\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD\xE5\x90\x97\",\"count\":1}")
          .empty());
}

TEST_CASE(
    "what is not JSON is malformed: syntax, broken UTF-8, surrogates, duplicate keys, depth") {
  for (const char* bad :
       {"", "{", "{\"a\":}", "{\"a\":1,}", "{'a':1}", "{\"a\":1} x", "nul", "{\"a\":NaN}",
        "{\"a\":01}", "{\"name\":\"\xFF\"}", "{\"name\":\"\\ud800\"}", "{\"name\":\"\\udc00\"}",
        "{\"\\ude00\":1}", "// c\n{}"})
    CHECK(complaints(bad) == "malformed ");
  CHECK_FALSE(Document::parse(std::string_view()).has_value());  // which points nowhere
  CHECK(complaints(R"({"name":"a","count":1,"name":"b"})") == "malformed /name");
  CHECK(complaints(R"({"x":{"y":1,"y":2}})") == "malformed /x/y");
  CHECK(complaints(R"({"x":[0,{"a/b":1,"a/b":2}]})") == "malformed /x/1/a~1b");
  CHECK(complaints(std::string(100'000, '[')) == "malformed ");
  CHECK(complaints(std::string(33, '[') + std::string(33, ']')) == "malformed ");
}

TEST_CASE("a key that stands twice is found among few and among many") {
  for (const int count : {1, 2, 15, 16, 17, 18, 40}) {
    std::string text = "{";
    for (int i = 0; i < count; ++i) text += "\"k" + std::to_string(i) + "\":1,";
    CHECK(Document::parse(text + "\"other\":1}").has_value());
    CHECK(complaints(text + "\"k0\":1}") == "malformed /k0");
    const std::string last = "k" + std::to_string(count - 1);
    CHECK(complaints(text + "\"" + last + "\":1}") == "malformed /" + last);
  }
}

TEST_CASE("texts are read whatever stands in them, wherever") {
  for (std::size_t size = 0; size < 30; ++size)
    for (std::size_t at = 0; at <= size; ++at) {
      std::string text(size, 'x');
      text.insert(at, "\"\xE2\x82\xAC\n");
      const auto document = Document::parse("{\"name\":" + quote(text) + ",\"count\":1}");
      REQUIRE(document.has_value());
      Errors errors;
      CHECK(Object(*document, errors).text("name", {0, 100, true}) == text);
    }
}

TEST_CASE("configuration may hold comments and trailing commas") {
  CHECK(Document::parse("{// c\n\"a\": [1,], /* d */}", true).has_value());
}

TEST_CASE("a written text is read back as it was") {
  const std::string nasty("q\"\\\x01\n\xE2\x82\xAC/\0z", 11);
  Writer out;
  out.begin_object()
      .field("text", nasty)
      .field("n", INT64_MIN)
      .field("none", std::optional<std::string>());
  out.field("yes", true)
      .raw_field("raw", "[1]")
      .key("list")
      .begin_array()
      .number(1)
      .null()
      .end_array();
  out.end_object();
  const auto document = Document::parse(out.str());
  REQUIRE(document.has_value());
  Errors errors;
  Object in(*document, errors);
  CHECK(in.text("text", {1, 100, true}) == nasty);
  CHECK(in.integer("n") == INT64_MIN);
  CHECK(errors.empty());
}

TEST_CASE("an integer that is read and written again stays the same") {
  const std::string text = "[0,-1,9223372036854775807,-9223372036854775808,18446744073709551615]";
  CHECK(Document::parse(text).value().dump() == text);
}

TEST_CASE("what is written is read again, whatever its numbers") {
  const std::string text = "[1.3854775807,0.1,5e-324,1e22,-0.0,0e40]";
  const auto once = Document::parse(text).value().dump();
  CHECK(Document::parse(once).has_value());
}

TEST_CASE("what JSON must escape is escaped, and nothing else") {
  CHECK(quote(std::string_view("\0\x01\b\t\n\v\f\r\x1F \"#/[\\]\x7F", 17)) ==
        "\"\\u0000\\u0001\\b\\t\\n\\u000B\\f\\r\\u001F \\\"#/[\\\\]\x7F\"");
  CHECK(quote("\xE5\xBA\x97\"\xE5\xBA\x97") == "\"\xE5\xBA\x97\\\"\xE5\xBA\x97\"");
}

TEST_CASE("what JSON must escape is found at every place of a text, among all characters") {
  for (int c = 1; c < 0x80; ++c) {
    const bool escaped = c < 0x20 || c == '"' || c == '\\';
    for (std::size_t place = 0; place < 20; ++place) {
      std::string text = " !#[]^~\x7F !#[]^~\x7F abc";
      text[place] = static_cast<char>(c);
      const std::string quoted = quote(text);
      INFO(c << " at " << place);
      CHECK((quoted == '"' + text + '"') != escaped);
      CHECK(Document::parse(quoted).has_value());
    }
  }
}

TEST_CASE("broken text never breaks the output") {
  CHECK(quote("\xFF\"") == "\"\xEF\xBF\xBD\\\"\"");
  CHECK(quote("a\xFF"
              "b") ==
        "\"a\xEF\xBF\xBD"
        "b\"");
}
