// Tells merchants what was paid, and tells them again until they acknowledge.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "net/client.hpp"
#include "sandbox/distortion.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/notice.hpp"

namespace tollgate::sandbox {

/// A factor in millionths, so that no time is ever a fraction.
class TimeScale {
 public:
  constexpr TimeScale() = default;
  /// Reads a plain decimal such as "0.01" (at most six digits after the point, at most 1000);
  /// nothing for other text.
  static std::optional<TimeScale> parse(std::string_view text);
  constexpr std::int64_t scale_ms(std::int64_t ms) const { return ms * millionths_ / 1'000'000; }

 private:
  constexpr explicit TimeScale(std::int64_t millionths) : millionths_(millionths) {}
  std::int64_t millionths_ = 1'000'000;
};

/// What a receiver answered to one notice.
struct NoticeAnswer {
  int status = 0;      ///< 0: no answer.
  std::string body;    ///< At most 4 KiB.
  std::string result;  ///< acknowledged, refused, unreachable: …, no_answer: …, abandoned
};

/// Notices to be sent all at once.
struct Burst {
  const NoticePolicy& policy;
  TradeKey key;
  Told told;
  std::string url;
  std::string note;  ///< Goes before the result in the trade's record; may be empty.
  std::vector<NoticeMessage> messages;
};

/// Owns a thread; all members are thread-safe. A notice is tried as often as its channel's policy
/// says, and no longer once it is acknowledged.
class Notifier final : public NoticeSink {
 public:
  static constexpr std::size_t max_pending = 100'000;

  Notifier(Ledger& ledger, Faults& faults, const Clock& clock, TimeScale scale);
  ~Notifier() override;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// Starts telling. The channel must outlive the notifier's thread (see stop).
  void enqueue(const Channel& channel, Notice notice) override;

  /// One try of each message now, without retries or faults; on record in the trade. Comes back on
  /// the caller's context, which must be run by one thread and be there until the notifier has
  /// stopped. Not after stop().
  net::Awaitable<std::vector<NoticeAnswer>> send_now(std::shared_ptr<const Burst> burst);

  /// Ends all waiting and joins; what is under way is abandoned. Later calls of enqueue do nothing.
  void stop();

 private:
  struct Task {
    const Channel& channel;
    Notice notice;
  };
  struct Gathering;
  /// Starts a coroutine that stop() ends; on the thread.
  void own(net::Awaitable<void> work);
  net::Awaitable<void> run(std::shared_ptr<const Task> task);
  net::Awaitable<bool> attempt(const Task& task);
  net::Awaitable<void> send_part(std::shared_ptr<const Burst> burst,
                                 std::shared_ptr<Gathering> into, std::size_t index);
  struct Posting;
  net::Awaitable<NoticeAnswer> post_message(const Posting& posting, NoticeMessage message);
  void record(const Posting& posting, int status, std::string result);
  net::Awaitable<void> hold();
  void release_held();

  Ledger& ledger_;
  Faults& faults_;
  const Clock& clock_;
  const TimeScale scale_;
  net::Client client_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  // The rest is touched on the thread alone.
  std::map<std::int64_t, boost::asio::cancellation_signal> tasks_;
  std::set<boost::asio::steady_timer*> held_;
  std::int64_t last_task_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tollgate::sandbox
