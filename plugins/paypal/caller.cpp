#include "paypal/caller.hpp"

namespace tollgate::paypal {

sdk::Request Caller::send(std::string token) {
  token_ = std::move(token);
  return token_.empty() ? account_.token_request() : account_.request(request_, token_);
}

sdk::Request Caller::call(ApiRequest request, std::int64_t now_ms) {
  request_ = std::move(request);
  return send(account_.tokens->take(now_ms));
}

std::variant<sdk::Request, ApiAnswer> Caller::resume(const sdk::Response& response,
                                                     std::int64_t now_ms) {
  if (token_.empty()) {
    account_.tokens->install(response, now_ms);
    // Where a renewal failed, the old token may have a while yet.
    std::string token = account_.tokens->current(now_ms);
    if (token.empty()) return ApiAnswer{response, false};
    return send(std::move(token));
  }
  if (response.transport == sdk::Transport::ok && response.status == 401 && !replaced_) {
    replaced_ = true;
    account_.tokens->drop(token_);
    return send(account_.tokens->take(now_ms));
  }
  return ApiAnswer{response, true};
}

}  // namespace tollgate::paypal
