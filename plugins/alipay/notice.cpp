#include "alipay/notice.hpp"

#include <algorithm>
#include <vector>

#include "alipay/signing.hpp"
#include "common/charset.hpp"

namespace tollgate::alipay {
namespace {

using common::Charset;
using common::Form;
using sdk::Refusal;

constexpr std::size_t max_body_bytes = 256 * 1024;

std::string_view field(const Form& form, std::string_view name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string_view() : std::string_view(found->second);
}

/// The charset parameter of a Content-Type; UTF-8 where it has none that is known.
Charset form_charset(std::string_view content_type) {
  std::string lower(content_type);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  constexpr std::string_view name = "charset=";
  const auto at = lower.find(name);
  if (at == std::string::npos) return Charset::utf8;
  std::string_view value = std::string_view(lower).substr(at + name.size());
  value = value.substr(0, value.find_first_of("; \t"));
  if (value.size() > 1 && value.starts_with('"') && value.ends_with('"'))
    value = value.substr(1, value.size() - 2);
  return common::charset_of(value).value_or(Charset::utf8);
}

/// The texts that the signature may be over. The bytes as they came, above all. Where the form was
/// written in one character set and the notice says that it was signed in another, they are told
/// over in that one. Whether empty values are part of it is not documented: both are tried.
std::vector<std::string> signed_texts(Form fields, Charset written) {
  const auto signed_in = common::charset_of(field(fields, "charset"));
  fields.erase("sign_type");
  std::vector<std::string> texts{signed_text(fields, Empty::kept)};
  const bool has_empty =
      std::any_of(fields.begin(), fields.end(), [](const auto& f) { return f.second.empty(); });
  if (has_empty) texts.push_back(signed_text(fields, Empty::dropped));
  if (!signed_in || *signed_in == written) return texts;
  for (std::size_t i = 0, count = texts.size(); i < count; ++i)
    if (auto text = common::transcode(texts[i], written, *signed_in); text && *text != texts[i])
      texts.push_back(*std::move(text));
  return texts;
}

}  // namespace

std::string_view Notice::text(std::string_view name) const {
  return field(fields_, name);
}

Opened Opened::open(const sdk::CallbackInput& input, const Trust& trust, std::int64_t now_ms) {
  if (input.body.size() > max_body_bytes) return {std::nullopt, Refusal::malformed};
  auto fields = common::parse_form(input.body);
  if (!fields || field(*fields, "sign").empty() || field(*fields, "sign_type").empty())
    return {std::nullopt, Refusal::malformed};
  if (field(*fields, "sign_type") != "RSA2") return {std::nullopt, Refusal::signature_mismatch};
  const auto texts = signed_texts(*fields, form_charset(input.header("content-type")));
  const bool genuine = std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
    return trust.genuine(text, field(*fields, "sign"), now_ms);
  });
  if (!genuine) return {std::nullopt, Refusal::signature_mismatch};
  return {Notice(*std::move(fields)), Refusal::none};
}

}  // namespace tollgate::alipay
