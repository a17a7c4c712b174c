#include "paypal/trust.hpp"

#include <algorithm>
#include <array>

#include "common/encoding.hpp"

namespace tollgate::paypal {
namespace {

constexpr std::array<std::string_view, 2> live_hosts{"https://api.paypal.com",
                                                     "https://api-m.paypal.com"};
constexpr std::array<std::string_view, 2> sandbox_hosts{"https://api.sandbox.paypal.com",
                                                        "https://api-m.sandbox.paypal.com"};
constexpr std::array<std::string_view, 2> names_of_certificates{
    "messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com"};
constexpr std::string_view path = "/v1/notifications/certs/";
constexpr std::size_t max_file_characters = 128;

constexpr std::size_t max_entries = 16;
constexpr std::int64_t retry_refused_ms = 10LL * 60 * 1000;
constexpr std::int64_t window_ms = 60 * 1000;
constexpr int fetches_a_window = 12;
constexpr int questions_a_window = 60;

bool is_certificate_at(std::string_view origin, std::string_view url) {
  if (origin.empty() || !url.starts_with(origin)) return false;
  url.remove_prefix(origin.size());
  if (!url.starts_with(path)) return false;
  return common::is_token(url.substr(path.size()), max_file_characters, "-_");
}

bool is_certificate_at(std::span<const std::string_view> origins, std::string_view url) {
  return std::any_of(origins.begin(), origins.end(),
                     [&](std::string_view origin) { return is_certificate_at(origin, url); });
}

bool holds(std::span<const std::string_view> list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

CertPolicy::CertPolicy(std::string_view gateway_origin, std::string further_origin)
    : sandbox_(holds(sandbox_hosts, gateway_origin)), further_origin_(std::move(further_origin)) {}

bool CertPolicy::is_paypal(std::string_view gateway_origin) {
  return holds(live_hosts, gateway_origin) || holds(sandbox_hosts, gateway_origin);
}

bool CertPolicy::allows(std::string_view url) const {
  return is_certificate_at(sandbox_ ? sandbox_hosts : live_hosts, url) ||
         is_certificate_at(further_origin_, url);
}

std::span<const std::string_view> CertPolicy::names(std::string_view url) const {
  const std::span<const std::string_view> both = names_of_certificates;
  if (is_certificate_at(further_origin_, url)) return both;
  return both.subspan(sandbox_ ? 1 : 0, 1);
}

Trust::Found Trust::find(std::string_view url, std::int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(url);
  if (found == entries_.end()) return {};
  const Entry& entry = found->second;
  if (entry.certificate && entry.certificate->valid_at(now_ms))
    return {Known::key, entry.certificate->key()};
  const bool old = now_ms < entry.checked_ms || now_ms - entry.checked_ms >= retry_refused_ms;
  if (old) return {};
  return {entry.chain == common::Chain::no_chain ? Known::no_chain : Known::refused, std::nullopt};
}

void Trust::install(std::string_view url, std::string_view pem, std::int64_t now_ms) {
  auto checked = store_.check(pem, policy_.names(url), now_ms);
  const std::lock_guard lock(mutex_);
  if (!entries_.contains(url)) make_room();
  entries_.insert_or_assign(std::string(url),
                            Entry{checked.chain, std::move(checked.certificate), now_ms});
}

/// The oldest goes, those that are not trusted first.
void Trust::make_room() {
  if (entries_.size() < max_entries) return;
  entries_.erase(
      std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
        const auto rank = [](const Entry& e) {
          return std::pair(e.certificate.has_value(), e.checked_ms);
        };
        return rank(a.second) < rank(b.second);
      }));
}

bool Trust::claim(Window& window, int limit, std::int64_t now_ms) {
  if (now_ms < window.from_ms || now_ms - window.from_ms >= window_ms) window = {now_ms, 0};
  return ++window.count <= limit;
}

bool Trust::claim_fetch(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  return claim(fetches_, fetches_a_window, now_ms);
}

bool Trust::claim_question(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  return claim(questions_, questions_a_window, now_ms);
}

}  // namespace tollgate::paypal
