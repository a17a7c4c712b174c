#include "ipaylinks/signing.hpp"

#include "common/crypto.hpp"
#include "common/encoding.hpp"

namespace tollgate::ipaylinks {
namespace {

constexpr std::size_t seal_bytes = 16;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view spaces = " \t\r\n\v\f";
  const auto from = text.find_first_not_of(spaces);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(spaces) - from + 1);
}

}  // namespace

std::string Signer::text(const common::Form& form) const {
  std::string text;
  for (const auto& [name, given] : form) {
    const std::string_view value = rule_.trim ? trimmed(given) : std::string_view(given);
    if (name == rule_.field || (value.empty() && !rule_.keep_empty)) continue;
    text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
  }
  return text + rule_.tail + key_;
}

std::string Signer::sign(const common::Form& form) const {
  const std::string digest = common::md5(text(form));
  return rule_.upper ? common::hex_upper(digest) : common::hex_lower(digest);
}

bool Signer::holds(const common::Form& form) const {
  const auto given = form.find(rule_.field);
  return given != form.end() && common::equal_constant_time(given->second, sign(form));
}

std::string Signer::seal(std::string_view text) const {
  return common::hex_lower(common::hmac_sha256(key_, text).substr(0, seal_bytes));
}

}  // namespace tollgate::ipaylinks
