// One exchange with a channel as it is put on record: masked, cut, ready to be stored.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/strong_id.hpp"
#include "net/http_client.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::channel {

struct Exchange {
  ExchangeId id;
  std::string method, url, request_json;
  TimeMs created;
  // Known once it was sent.
  std::optional<sdk::Transport> transport;
  int status = 0;
  std::optional<std::string> response_json;
  std::int64_t duration_ms = 0;

  static Exchange prepare(ExchangeId id, const sdk::Request& request, TimeMs now);
  /// `streamed_bytes`: how long the body was that nobody kept, where it came in pieces.
  void complete(const net::ClientResponse& response, std::optional<std::uint64_t> streamed_bytes);
};

/// What the exchanges of one operation have in common.
struct ExchangeOwner {
  PayNo pay_no;
  std::optional<RefundId> refund_id;
  std::string account_id;
  sdk::OperationKind kind = sdk::OperationKind::query;
};

sdk::Transport to_sdk(net::Transport transport);

}  // namespace tollgate::channel
