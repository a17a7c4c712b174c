#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "app/config_internal.hpp"
#include "base/utf8.hpp"

namespace tollgate::app {
namespace {

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string pointer_part(std::string_view name) {
  std::string out = "/";
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

class Expander {
 public:
  Expander(const Environment& environment, json::Errors& errors)
      : environment_(environment), errors_(errors) {}

  /// Bounded by the parser's depth.
  void walk(rapidjson::Value& value, rapidjson::Document& document, const std::string& at) {
    if (value.IsObject()) {
      for (auto& member : value.GetObject())
        walk(member.value, document,
             at + pointer_part({member.name.GetString(), member.name.GetStringLength()}));
    } else if (value.IsArray()) {
      for (rapidjson::SizeType i = 0; i < value.Size(); ++i)
        walk(value[i], document, at + "/" + std::to_string(i));
    } else if (value.IsString()) {
      const auto text = expanded({value.GetString(), value.GetStringLength()}, at);
      value.SetString(text, document.GetAllocator());
    }
  }

 private:
  std::string expanded(std::string_view text, const std::string& at) {
    std::string out;
    while (true) {
      const auto open = text.find("${");
      out += text.substr(0, open);
      if (open == std::string_view::npos) return out;
      const auto close = text.find('}', open);
      const auto name =
          text.substr(open + 2, close == std::string_view::npos ? 0 : close - open - 2);
      if (!is_variable_name(name)) {
        errors_.add(at, "\"${\" must begin a reference like ${NAME}");
        return out;
      }
      const auto value = environment_(std::string(name));
      if (!value)
        errors_.add(at, "the environment variable " + std::string(name) + " is not set");
      else if (!is_valid_utf8(*value))
        errors_.add(at, "the environment variable " + std::string(name) + " is not UTF-8");
      else
        out += *value;
      text.remove_prefix(close + 1);
    }
  }

  const Environment& environment_;
  json::Errors& errors_;
};

}  // namespace

json::Document expand_variables(const json::Document& document, const Environment& environment,
                                json::Errors& errors) {
  rapidjson::Document copy;
  copy.Parse<rapidjson::kParseIterativeFlag>(document.dump());
  Expander(environment, errors).walk(copy, copy, "");
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  copy.Accept(writer);
  return json::Document::parse({buffer.GetString(), buffer.GetSize()}).value();
}

}  // namespace tollgate::app
