// The writing end of a streamed response.
#pragma once

#include <atomic>
#include <mutex>

#include "net/session.hpp"

namespace tollgate::net {

/// Held by the streamer, and weakly by whoever wakes it; may outlive its session, and then does
/// nothing.
class Stream final : public StreamWriter, public std::enable_shared_from_this<Stream> {
 public:
  explicit Stream(Session& session);

  Awaitable<bool> write(std::string chunk) override;
  Awaitable<bool> wait(std::int64_t ms) override;
  void wake() override;

  /// The client has gone, or the server drains: every call says so from now on.
  void finish();
  /// The session ends; nothing of it is touched afterwards.
  void detach();

 private:
  bool open() const { return session_ != nullptr && !finished_; }

  Session* session_;            // the connection's thread only
  std::optional<Timer> timer_;  // the connection's thread only
  bool finished_ = false;
  bool woken_ = false;

  std::mutex mutex_;  // held while posting, so that the context cannot go meanwhile
  std::optional<Executor> executor_;
  bool wake_posted_ = false;
};

}  // namespace tollgate::net
