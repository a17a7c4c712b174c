#include "paypal/tokens.hpp"

#include <algorithm>

#include "common/json.hpp"

namespace tollgate::paypal {
namespace {

constexpr std::int64_t early_ms = 5LL * 60 * 1000;
constexpr std::int64_t margin_ms = 30 * 1000;
constexpr std::int64_t claim_ms = 30 * 1000;
constexpr std::int64_t max_life_s = 24LL * 3600;
constexpr std::size_t max_token_bytes = 8 * 1024;

bool is_token_text(std::string_view text) {
  return !text.empty() && text.size() <= max_token_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::string Tokens::take(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (token_.empty() || now_ms >= expires_ms_ - margin_ms) return {};
  const bool claimed = now_ms >= claimed_ms_ && now_ms - claimed_ms_ < claim_ms;
  if (now_ms < expires_ms_ - early_ms || claimed) return token_;
  claimed_ms_ = now_ms;
  return {};
}

std::string Tokens::current(std::int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  return now_ms < expires_ms_ - margin_ms ? token_ : std::string();
}

bool Tokens::install(const sdk::Response& response, std::int64_t now_ms) {
  if (response.transport != sdk::Transport::ok || response.status != 200) return false;
  const auto document = common::JsonDocument::parse(response.body);
  if (!document) return false;
  const auto token = document->root()["access_token"].text_or_empty();
  const auto life_s = document->root()["expires_in"].integer().value_or(0);
  if (!is_token_text(token) || life_s <= 0) return false;
  const std::lock_guard lock(mutex_);
  token_ = token;
  // A life that is shorter than the margin is still good for the request that waits for it.
  expires_ms_ = now_ms + std::max(std::min(life_s, max_life_s) * 1000, 2 * margin_ms);
  claimed_ms_ = 0;
  return true;
}

void Tokens::drop(std::string_view token) {
  const std::lock_guard lock(mutex_);
  if (token_ == token) token_.clear();
}

}  // namespace tollgate::paypal
