#include <algorithm>
#include <array>
#include <vector>

#include "channel/mask.hpp"

namespace tollgate::channel {
namespace {

constexpr std::array<std::string_view, 22> secret_words{
    "secret",      "secrets",       "password", "passwd",    "pwd",     "passphrase",
    "token",       "tokens",        "sign",     "signature", "paysign", "credential",
    "credentials", "authorization", "cookie",   "pan",       "cvv",     "cvv2",
    "cvc",         "cvc2",          "cardno",   "apikey"};
/// Found inside of names that are written without any border between their words.
constexpr std::array<std::string_view, 9> secret_parts{"secret",       "password", "accesstoken",
                                                       "refreshtoken", "idtoken",  "privatekey",
                                                       "apikey",       "paysign",  "cardnumber"};

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_alnum(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
char lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  bool fresh = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_alnum(c)) {
      fresh = true;
      continue;
    }
    const bool hump = is_upper(c) && i > 0 && !is_upper(name[i - 1]);
    if (fresh || hump) words.emplace_back();
    words.back() += lower(c);
    fresh = false;
  }
  return words;
}

template <class Range>
bool holds(const Range& range, std::string_view what) {
  return std::ranges::find(range, what) != range.end();
}

}  // namespace

bool is_secret_name(std::string_view name) {
  if (name.empty() || name.size() > 128) return false;
  const auto words = words_of(name);
  if (words.empty()) return false;
  if (words.back() == "key" || words.back() == "keys") return true;
  if (std::ranges::any_of(words, [](const auto& w) { return holds(secret_words, w); })) return true;
  const bool card = holds(words, "card");
  if (card && (words.back() == "no" || words.back() == "num" || words.back() == "number"))
    return true;
  std::string joined;
  for (const auto& word : words) joined += word;
  return std::ranges::any_of(
      secret_parts, [&](std::string_view part) { return joined.find(part) != std::string::npos; });
}

}  // namespace tollgate::channel
