#include "ipaylinks/account.hpp"

#include <algorithm>

#include "common/json.hpp"

namespace tollgate::ipaylinks {
namespace {

using common::Form;

constexpr std::size_t max_message_bytes = 64 * 1024;

bool is_json(std::string_view content_type) {
  return content_type.starts_with("application/json");
}

/// A flat object of texts and whole numbers.
std::optional<Form> parse_flat_json(std::string_view body) {
  const auto document = common::JsonDocument::parse(body);
  if (!document || !document->root().is_object()) return std::nullopt;
  Form form;
  for (const auto& name : document->root().names()) {
    const auto value = document->root()[name];
    std::string text;
    if (const auto given = value.text())
      text = *given;
    else if (const auto number = value.integer())
      text = std::to_string(*number);
    else
      return std::nullopt;
    if (name.empty() || !form.emplace(name, std::move(text)).second) return std::nullopt;
  }
  return form;
}

std::string write_flat_json(const Form& form) {
  common::JsonObjectWriter json;
  for (const auto& [name, value] : form) json.text(name, value);
  return json.finish();
}

}  // namespace

Form Account::common_fields() const {
  if (!mapi()) return {{"partnerId", merchant_id}, {"charset", "1"}, {"signType", "2"}};
  return {
      {"version", "2.0"}, {"merchantId", merchant_id}, {"charset", "utf-8"}, {"signType", "MD5"}};
}

sdk::Request Account::signed_request(Form form) const {
  signer.add_signature(form);
  sdk::Request request;
  request.method = "POST";
  request.url = endpoint;
  request.headers = {
      {"Content-Type", json_bodies ? "application/json" : "application/x-www-form-urlencoded"}};
  request.body = json_bodies ? write_flat_json(form) : common::encode_form(form);
  return request;
}

sdk::Request Account::query_request(std::string_view number) const {
  Form form = common_fields();
  form["transType"] = "query";
  form[names.number] = number;
  sdk::Request request = signed_request(std::move(form));
  request.resend_safe = true;  // it asks, and changes nothing
  return request;
}

std::optional<Form> Account::read_signed(std::string_view content_type, std::string_view body,
                                         std::string_view& why) const {
  why = "malformed";
  if (body.size() > max_message_bytes) return std::nullopt;
  const bool json = mapi() && is_json(content_type);
  auto form = json ? parse_flat_json(body) : common::parse_form(body);
  if (!form || form->empty()) return std::nullopt;
  const bool plain = std::all_of(form->begin(), form->end(), [&](const auto& field) {
    return known_fields.contains(field.first) && field.second.find('&') == std::string::npos;
  });
  if (!plain) return std::nullopt;
  why = "signature_missing";
  if (!form->contains(signer.field())) return std::nullopt;
  why = "signature_mismatch";
  const auto type = form->find("signType");
  if (type == form->end() || type->second != (mapi() ? "MD5" : "2")) return std::nullopt;
  if (!signer.holds(*form)) return std::nullopt;
  why = {};
  return form;
}

}  // namespace tollgate::ipaylinks
