// A word to a merchant.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "net/http.hpp"
#include "sandbox/trade.hpp"

namespace tollgate::sandbox {

struct Notice {
  Told told;
  std::string url;  ///< Empty: the merchant named no address.
  Trade trade;      ///< As it stood when it happened.
};

/// A notice ready to be posted.
struct NoticeMessage {
  net::Headers headers;
  std::string body;
};

class Channel;

/// Takes what is to be told; it retries as the channel's policy says. Thread-safe.
class NoticeSink {
 public:
  virtual ~NoticeSink() = default;
  virtual void enqueue(const Channel& channel, Notice notice) = 0;
};

/// How a channel tells, and tells again.
struct NoticePolicy {
  std::span<const std::int64_t> gaps_s;  ///< Between the tries.
  std::int64_t answer_timeout_ms = 5'000;
  bool (*acknowledged)(int status, std::string_view body) = nullptr;
};

}  // namespace tollgate::sandbox
