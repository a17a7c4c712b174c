// The reader of JSON itself, strict and as for configuration: what it takes, it writes the same.
#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/utf8.hpp"
#include "bodies.hpp"
#include "common/json.hpp"

namespace {

using tollgate::fuzz::check_output;
using tollgate::fuzz::check_refusal;
using tollgate::fuzz::Input;
namespace json = tollgate::json;

/// Asks for one member in every way there is; none may end the process.
void ask_everything(const json::Document& document) {
  json::Errors errors;
  json::Object root(document, errors);
  const auto names = root.names();
  const std::string name = names.empty() ? "a" : names.front();
  MUST(root.has(name) == !names.empty());
  for (const std::size_t max : {std::size_t{0}, std::size_t{3}, std::size_t{1000}}) {
    MUST(tollgate::fuzz::is_text_of(root.text(name, {0, max, true}), 0, max));
    MUST(root.texts(name, 0, max).size() <= max);
    std::size_t count = 0;
    root.objects(name, 0, max, [&](json::Object& element) { ++count, element.finish(); });
    MUST(count <= max);
    check_output(root.flat_texts(name, max, {0, 500, true}));
  }
  const auto number = root.integer(name, {-5, 5});
  MUST(number >= -5 && number <= 5);
  for (const auto value : root.integers(name, {0, 9})) MUST(value >= 0 && value <= 9);
  root.optional_boolean(name);
  if (auto inner = root.optional_object(name)) inner->finish();
  if (const auto raw = root.raw(name)) check_output(*raw);
  root.finish();
  if (!errors.empty()) check_refusal(errors.take());
}

void check_text(std::string_view text) {
  const auto quoted = json::quote(text);
  const auto document = json::Document::parse("{\"a\":" + quoted + "}");
  if (!document) {
    MUST(false);
  }
  json::Errors errors;
  json::Object root(*document, errors);
  const auto back = root.text("a", {0, SIZE_MAX, true});
  MUST(errors.empty() && back == tollgate::repair_utf8(text));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const bool comments = input.flag();
  const auto text = input.rest();
  const auto document = json::Document::parse(text, comments);
  if (document) {
    check_output(document->dump());
    ask_everything(*document);
  } else {
    check_refusal(document.error());
  }
  // Plugins read JSON with a reader of their own, which asks for no more than this one.
  const bool for_plugins = tollgate::common::JsonDocument::parse(text).has_value();
  if (!comments && document) MUST(for_plugins);
  if (!comments && !document && for_plugins) MUST(!document.error().fields[0].pointer.empty());
  if (!comments && document) MUST(json::Document::parse(text, true).has_value());
  check_text(text);
  return 0;
}
