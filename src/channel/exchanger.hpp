// Sends what a dialogue asks for until it is done, within its bounds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/snowflake.hpp"
#include "channel/bill.hpp"
#include "channel/dialogue.hpp"
#include "channel/exchange.hpp"
#include "net/http_client.hpp"

namespace tollgate::channel {

inline constexpr int max_sends = 8;
/// Of fetch_bill: a page each.
inline constexpr int max_bill_sends = 10'000;

/// How long and how large an operation may be.
struct Bounds {
  std::int64_t timeout_ms = 0;           ///< All exchanges together.
  std::int64_t exchange_timeout_ms = 0;  ///< One; of one that is streamed, the longest silence.
  std::size_t response_bytes = max_span_bytes;
  std::size_t stream_bytes = 0;  ///< 0: nothing may be streamed.
  int sends = max_sends;
};

/// Why nothing may be sent to a URL; nothing where it may: it is absolute, without user info, and
/// https, or http to a loopback address.
std::optional<std::string> forbidden_url(const std::string& url);

/// Why a request may not leave the house; nothing where it may. Its URL may be sent to; header
/// names and values cannot break out of their line.
std::optional<std::string> forbidden(const sdk::Request& request);

/// Belongs to one operation. What it refers to outlives it.
class Exchanger {
 public:
  Exchanger(Dialogue& dialogue, net::HttpClient& client, Snowflake& ids, const Clock& clock)
      : dialogue_(dialogue), client_(client), ids_(ids), clock_(clock) {}

  /// Sent along as `traceparent` with every request; empty: none.
  void trace(std::string traceparent) { traceparent_ = std::move(traceparent); }

  /// Puts a request on record before it is sent (tx1 of an operation).
  void prepare(const sdk::Request& request);

  /// From `step` to the dialogue's end: an Outcome or Broken. Within the bounds, each send again
  /// once where it surely was not received, or may be received twice (never once a piece of its
  /// answer was handed on). `lines` may be empty for all but bills.
  net::Awaitable<Step> run(Step step, Bounds bounds, LineSink lines);

  const std::vector<Exchange>& exchanges() const { return exchanges_; }
  /// The last exchange that was sent; nullptr where none was.
  const Exchange* last_sent() const;

 private:
  net::Awaitable<Step> answer(const sdk::Request& request);
  net::Awaitable<net::ClientResponse> send(const sdk::Request& request);
  net::Awaitable<net::ClientResponse> send_once(const sdk::Request& request);
  net::ClientRequest outgoing(const sdk::Request& request, std::int64_t left_ms);
  net::Awaitable<bool> take_piece(const net::ClientResponse& head, std::string_view piece);
  net::Awaitable<void> hand_lines_on();
  void forget_middle();

  Dialogue& dialogue_;
  net::HttpClient& client_;
  Snowflake& ids_;
  const Clock& clock_;
  std::string traceparent_;
  std::vector<Exchange> exchanges_;
  std::size_t sent_ = 0;
  std::int64_t deadline_ms_ = 0;  // steady
  Bounds bounds_;
  LineSink lines_;
  // Of the streamed answer under way:
  std::size_t pieces_ = 0;
  std::uint64_t piece_bytes_ = 0;
  std::optional<Step> ended_early_;
};

}  // namespace tollgate::channel
