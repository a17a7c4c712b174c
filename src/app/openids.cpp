#include "app/openids.hpp"

#include "base/json_reader.hpp"
#include "base/log.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t longest_openid = 128;
constexpr std::size_t answer_bytes = 16 * 1024;
/// WeChat's numbers: the system is busy, too many calls.
constexpr std::int64_t system_busy = -1;
constexpr std::int64_t too_many_calls = 45011;
constexpr int busy_retry_after_s = 5;

/// What the token's address said.
struct Answer {
  std::string openid;
  std::int64_t error = 0;
  bool readable = false;
};

Answer read(const net::ClientResponse& response) {
  Answer answer;
  if (response.transport != net::Transport::ok || response.status != 200) return answer;
  const auto document = json::Document::parse(response.body);
  if (!document || !document->is_object()) return answer;
  json::Errors errors;
  json::Object object(*document, errors);
  answer.error = object.optional_integer("errcode").value_or(0);
  answer.openid = object.optional_text("openid", {.max = longest_openid}).value_or("");
  answer.readable = errors.empty() && (answer.error != 0 || !answer.openid.empty());
  return answer;
}

Error error_of(const Answer& answer) {
  if (!answer.readable || answer.error == system_busy)
    return Error(Errc::channel_unavailable, "the channel does not say who the buyer is");
  if (answer.error == too_many_calls) {
    Error busy(Errc::channel_busy, "too many buyers at once");
    busy.retry_after_s = busy_retry_after_s;
    return busy;
  }
  return Error(Errc::channel_refused, "errcode " + std::to_string(answer.error));
}

}  // namespace

void Openids::replace(const std::vector<AccountEntry>& accounts) {
  Entries fresh;
  for (const auto& account : accounts)
    if (account.openid) fresh.emplace(account.id, *account.openid);
  const std::lock_guard lock(mutex_);
  entries_ = std::move(fresh);
}

std::optional<OpenidEntry> Openids::find(const std::string& account_id) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(account_id);
  if (at == entries_.end()) return std::nullopt;
  return at->second;
}

std::optional<std::string> Openids::page(const std::string& account_id, const std::string& back,
                                         const std::string& state) const {
  const auto entry = find(account_id);
  if (!entry) return std::nullopt;
  // WeChat compares the link as text: the order of the parameters and the end count.
  return entry->authorize_url + "?appid=" + net::percent_encode(entry->app_id) +
         "&redirect_uri=" + net::percent_encode(back) +
         "&response_type=code&scope=snsapi_base&state=" + net::percent_encode(state) +
         "#wechat_redirect";
}

net::Awaitable<Result<std::string>> Openids::ask(std::string account_id, std::string code) const {
  const auto entry = find(account_id);
  if (!entry) co_return Error(Errc::method_unavailable);
  // The secret stands in the address: WeChat takes it nowhere else. It is logged nowhere.
  net::ClientRequest request(net::Method::get,
                             entry->token_url + "?appid=" + net::percent_encode(entry->app_id) +
                                 "&secret=" + net::percent_encode(entry->app_secret.reveal()) +
                                 "&code=" + net::percent_encode(code) +
                                 "&grant_type=authorization_code");
  request.timeout_ms = timeout_ms_;
  request.response_bytes = answer_bytes;
  const auto response = co_await client_.send(std::move(request));
  const Answer answer = read(response);
  if (answer.readable && answer.error == 0) co_return answer.openid;
  log::warn("openid.not_told", {{"account_id", account_id},
                                {"status", response.status},
                                {"errcode", answer.error},
                                {"ms", response.duration_ms}});
  co_return error_of(answer);
}

}  // namespace tollgate::app
