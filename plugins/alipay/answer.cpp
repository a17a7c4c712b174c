#include "alipay/answer.hpp"

#include <algorithm>

#include "common/encoding.hpp"

namespace tollgate::alipay {
namespace {

constexpr std::size_t max_code_bytes = 64;

bool has_repeated(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

/// The text that a JSON string stands for; "" for all else.
std::string decoded(std::string_view json) {
  const auto document = common::JsonDocument::parse(json);
  return document ? std::string(document->root().text_or_empty()) : "";
}

}  // namespace

std::string node_name(std::string_view method) {
  std::string name(method);
  std::replace(name.begin(), name.end(), '.', '_');
  return name + "_response";
}

std::optional<AnswerText> AnswerText::read(std::string_view body, std::string_view method) {
  const auto members = common::raw_members(body);
  if (!members) return std::nullopt;
  std::vector<std::string> names;
  AnswerText answer;
  int nodes = 0;
  for (const auto& [name, text] : *members) {
    names.push_back(name);
    if (name == node_name(method) || name == "error_response") answer.node = text, ++nodes;
    if (name == "sign") answer.sign = decoded(text);
    if (name == "alipay_cert_sn") answer.cert_sn = decoded(text);
  }
  if (nodes != 1 || !answer.node.starts_with('{') || has_repeated(std::move(names)))
    return std::nullopt;
  return answer;
}

std::optional<Answer> Answer::read(std::string_view node) {
  auto document = common::JsonDocument::parse(node);
  if (!document || has_repeated(document->root().names())) return std::nullopt;
  Answer answer(*std::move(document));
  answer.code_ = common::bounded(answer.text("code"), max_code_bytes);
  if (answer.code_.empty()) return std::nullopt;
  return answer;
}

std::string_view Answer::text(std::string_view name) const {
  return node_.root()[name].text_or_empty();
}

}  // namespace tollgate::alipay
