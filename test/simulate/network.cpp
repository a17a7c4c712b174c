#include "simulate/network.hpp"

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "outbox/timer.hpp"

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

net::ClientResponse failed(net::Transport transport, std::string error) {
  net::ClientResponse response;
  response.transport = transport;
  response.error = std::move(error);
  return response;
}

net::ClientResponse answered_with(net::Response from) {
  net::ClientResponse response;
  response.transport = net::Transport::ok;
  response.status = from.status;
  response.headers = std::move(from.headers);
  response.body = std::move(from.body);
  return response;
}

/// "https://host:port" and the rest.
std::pair<std::string, std::string> split(const std::string& url) {
  const auto host = url.find("://") + 3;
  const auto path = url.find('/', host);
  if (path == std::string::npos) return {url.substr(host), "/"};
  return {url.substr(host, path - host), url.substr(path)};
}

}  // namespace

std::string_view to_string(Fate fate) {
  static constexpr std::string_view words[] = {"fine",    "refused", "lost",         "lost_answer",
                                               "late",    "doubled", "error_before", "error_after",
                                               "garbage", "cut"};
  return words[static_cast<std::size_t>(fate)];
}

Passage draw(World& world, const Weather& w) {
  Passage passage;
  passage.there_ms = world.between(1, 40);
  passage.back_ms = world.between(1, 40);
  if (world.chance(w.slow)) passage.there_ms += world.between(1'000, 12'000);
  if (world.chance(w.slow)) passage.back_ms += world.between(1'000, 12'000);
  int dice = static_cast<int>(world.between(0, 999));
  const std::pair<Fate, int> table[] = {{Fate::refused, w.refused},
                                        {Fate::lost, w.lost},
                                        {Fate::lost_answer, w.lost_answer},
                                        {Fate::late, w.late},
                                        {Fate::doubled, w.doubled},
                                        {Fate::error_before, w.error_before},
                                        {Fate::error_after, w.error_after},
                                        {Fate::garbage, w.garbage},
                                        {Fate::cut, w.cut}};
  for (const auto& [fate, permille] : table) {
    if (dice < permille) {
      passage.fate = fate;
      break;
    }
    dice -= permille;
  }
  return passage;
}

net::Request to_request(const net::ClientRequest& sent, const std::string& host,
                        const std::string& target) {
  net::Request request;
  request.method = sent.method;
  request.target = target;
  const auto mark = target.find('?');
  request.path = net::percent_decode(target.substr(0, mark)).value_or("/");
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  request.headers = sent.headers;
  request.headers.set("Host", host);
  if (!request.headers.find("User-Agent")) request.headers.set("User-Agent", "Tollgate/0.1");
  request.body = sent.body;
  request.remote_ip = "203.0.113.7";
  return request;
}

struct Network::Exchange {
  net::ClientRequest request;
  Answered answered;
  std::string host_name, target;
  Host* host = nullptr;
  std::uint64_t patience = 0;  ///< The scheduler's id of the timeout.
  bool connected = false;
};

void Network::calm() {
  for (auto& [name, host] : hosts_) {
    host.weather = {};
    host.down = false;
  }
}

void Network::send(net::ClientRequest request, Answered answered) {
  auto exchange = std::make_shared<Exchange>();
  auto [host, target] = split(request.url);
  exchange->host_name = std::move(host);
  exchange->target = std::move(target);
  std::int64_t timeout_ms = request.timeout_ms;
  // Pieces come at once after each other: who waits for the first has waited for all.
  if (request.silence_timeout_ms > 0) timeout_ms = std::min(timeout_ms, request.silence_timeout_ms);
  exchange->request = std::move(request);
  exchange->answered = std::move(answered);
  exchange->patience = world_.scheduler.call_at(
      world_.scheduler.now_ms() + timeout_ms,
      [this, exchange] {
        end(*exchange,
            failed(exchange->connected ? net::Transport::maybe_sent : net::Transport::not_sent,
                   "timeout"));
      },
      &world_.lane);
  const auto at = hosts_.find(exchange->host_name);
  if (at != hosts_.end()) exchange->host = &at->second;
  world_.spawn("exchange", carry(std::move(exchange)));
}

void Network::end(Exchange& exchange, net::ClientResponse response) {
  if (!exchange.answered) return;
  const auto answered = std::exchange(exchange.answered, nullptr);
  world_.scheduler.call_now(exchange.patience);
  answered(std::move(response));
}

Network::Piece Network::next_piece(std::size_t left) {
  const auto all = static_cast<std::int64_t>(left);
  const bool whole = world_.chance(200);
  return {static_cast<std::size_t>(whole ? all : world_.between(1, all)), world_.between(0, 60)};
}

/// Who takes a body in pieces has got some of them.
net::ClientResponse Network::broken_off(const Exchange& exchange, const net::Response& response) {
  if (!exchange.request.on_piece) return failed(net::Transport::maybe_sent, "closed");
  net::ClientResponse part = answered_with(response);
  part.body.resize(world_.random.below(part.body.size() + 1));
  part.transport = net::Transport::maybe_sent;
  part.error = "closed";
  return part;
}

boost::asio::awaitable<net::Response> Network::arrive(Exchange& exchange) {
  auto request = to_request(exchange.request, exchange.host_name, exchange.target);
  co_return co_await exchange.host->serve(request);
}

boost::asio::awaitable<void> Network::carry(std::shared_ptr<Exchange> exchange) {
  auto& x = *exchange;
  if (!x.host || x.host->down) {
    co_await world_.sleep(world_.between(1, 3'000));
    co_return end(x, failed(net::Transport::not_sent, "connect_failed"));
  }
  const Passage passage = draw(world_, x.host->weather);
  world_.note({x.host->word, net::to_string(x.request.method), x.target, to_string(passage.fate)});
  co_await world_.sleep(passage.there_ms);
  if (passage.fate == Fate::refused)
    co_return end(x, failed(net::Transport::not_sent, "connect_failed"));
  x.connected = true;
  if (passage.fate == Fate::lost) co_return;  // patience ends it
  if (passage.fate == Fate::error_before)
    co_return end(x, answered_with({502, "text/html", "<html>Bad Gateway</html>"}));
  if (passage.fate == Fate::late)
    co_await world_.sleep(x.request.timeout_ms + world_.between(0, 60'000));
  net::Response response = co_await arrive(x);
  if (passage.fate == Fate::doubled) {
    co_await world_.sleep(world_.between(0, 2'000));
    co_await arrive(x);  // what it answers is lost
  }
  co_await world_.sleep(passage.back_ms);
  if (response.abort || passage.fate == Fate::cut) co_return end(x, broken_off(x, response));
  if (passage.fate == Fate::lost_answer) co_return;
  if (passage.fate == Fate::error_after)
    co_return end(x, answered_with({502, "text/html", "<html>Bad Gateway</html>"}));
  if (passage.fate == Fate::garbage) response.body = "{\"code_url\":\"weixin://x";
  end(x, answered_with(std::move(response)));
}

net::Awaitable<net::ClientResponse> SimulatedClient::send(net::ClientRequest request) {
  const std::int64_t began_ms = clock_.steady_ms();
  const TakesPieces on_piece = request.on_piece;
  net::ClientResponse got;
  const std::uint64_t id = ++last_id_;
  auto initiate = [this, id, &request, &got](auto handler) {
    auto executor = asio::get_associated_executor(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    (*waiting_)[id] = [executor, shared, &got](net::ClientResponse response) {
      got = std::move(response);
      asio::post(executor, [shared] { std::move (*shared)(); });
    };
    // The exchange outlives the process that began it.
    auto answered = [waiting = std::weak_ptr(waiting_), id](net::ClientResponse response) {
      const auto alive = waiting.lock();
      if (!alive) return;
      const auto at = alive->find(id);
      if (at == alive->end()) return;
      const auto wake = std::move(at->second);
      alive->erase(at);
      wake(std::move(response));
    };
    network_.send(std::move(request), std::move(answered));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                       asio::use_awaitable);
  if (on_piece && got.status / 100 == 2) {
    const std::string body = std::exchange(got.body, "");
    const bool wanted = co_await hand_over(on_piece, got, body);
    if (!wanted) got.transport = net::Transport::maybe_sent;
  }
  got.duration_ms = clock_.steady_ms() - began_ms;
  co_return std::move(got);
}

/// The body as the network gives it: piece by piece. False where no more was wanted.
net::Awaitable<bool> SimulatedClient::hand_over(const TakesPieces& on_piece,
                                                const net::ClientResponse& head,
                                                std::string_view body) {
  const auto executor = co_await asio::this_coro::executor;
  while (!body.empty()) {
    const auto next = network_.next_piece(body.size());
    const auto pause = outbox::make_timer(executor);
    co_await pause->wait(next.pause_ms);
    const bool wanted = co_await on_piece(head, body.substr(0, next.bytes));
    if (!wanted) co_return false;
    body.remove_prefix(next.bytes);
  }
  co_return true;
}

void SimulatedClient::drop() {
  const auto waiting = std::exchange(waiting_, std::make_shared<Waiting>());
}

}  // namespace tollgate::simulate
