#include "console/event_stream.hpp"

#include <exception>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "console/page.hpp"

namespace tollgate::console {
namespace {

constexpr std::string_view heartbeat = ": here\n\n";
constexpr std::string_view reconnect_gap = "retry: 3000\n";

class Stream {
 public:
  Stream(Cashier& cashier, std::string token, StatusHub::Subscription& subscription,
         net::StreamWriter& writer)
      : cashier_(cashier), token_(std::move(token)), subscription_(subscription), writer_(writer) {}

  net::Awaitable<void> run() {
    bool open = co_await read_and_tell();
    while (open) {
      open = co_await writer_.wait(heartbeat_ms);
      if (!open) co_return;
      const auto published = subscription_.take();
      if (published)
        open = co_await tell(*published);
      else
        open = co_await read_and_tell();
    }
  }

 private:
  net::Awaitable<bool> read_and_tell() {
    auto view = co_await cashier_.view(token_);
    if (!view) co_return false;
    order_ = view->order;
    const std::string status = std::move(view->status);
    const bool open = co_await tell(status);
    co_return open;
  }

  // False once the stream has to end.
  net::Awaitable<bool> tell(const std::string& status) {
    std::string chunk(heartbeat);
    if (status != told_) chunk = status_event(order_, status);
    if (told_.empty()) chunk.insert(0, reconnect_gap);
    told_ = status;
    const bool written = co_await writer_.write(std::move(chunk));
    co_return written && !is_final(told_);
  }

  Cashier& cashier_;
  const std::string token_;
  StatusHub::Subscription& subscription_;
  net::StreamWriter& writer_;
  OrderId order_;
  std::string told_;
};

}  // namespace

std::string status_event(OrderId order, std::string_view status) {
  json::Writer data;
  data.begin_object().field("order_id", order).field("status", status).end_object();
  return "event: status\ndata: " + data.take() + "\n\n";
}

net::Awaitable<void> stream_status(Cashier& cashier, std::string token,
                                   std::shared_ptr<StatusHub::Subscription> subscription,
                                   std::shared_ptr<net::StreamWriter> writer) {
  subscription->attach(writer);
  Stream stream(cashier, std::move(token), *subscription, *writer);
  try {
    co_await stream.run();
  } catch (const std::exception& failure) {
    log::error("console.stream_failed", {{"reason", failure.what()}});
  }
}

}  // namespace tollgate::console
