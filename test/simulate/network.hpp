// The networks between the server, its channel, the merchants and their receivers: what is sent may
// be lost, late, doubled, cut, or answered with nonsense.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "net/http_client.hpp"
#include "simulate/world.hpp"

namespace tollgate::simulate {

/// How often things go wrong on a link, in thousandths. All zero: calm.
struct Weather {
  int refused = 0;       ///< Surely nothing arrives, and the sender knows.
  int lost = 0;          ///< Nothing arrives, and the sender cannot know.
  int lost_answer = 0;   ///< It arrives and is acted on; the answer is lost.
  int late = 0;          ///< It arrives after the sender has given up.
  int doubled = 0;       ///< It arrives twice.
  int error_before = 0;  ///< A 502 of something in between; nothing arrives.
  int error_after = 0;   ///< The same after it was acted on.
  int garbage = 0;       ///< It is acted on; the answer is 200 with another body.
  int cut = 0;           ///< It is acted on; the answer breaks off.
  int slow = 0;          ///< It takes seconds.
};

enum class Fate {
  fine,
  refused,
  lost,
  lost_answer,
  late,
  doubled,
  error_before,
  error_after,
  garbage,
  cut
};
std::string_view to_string(Fate fate);

/// One request's way: its fate, and how long each half of the way takes.
struct Passage {
  Fate fate = Fate::fine;
  std::int64_t there_ms = 1;
  std::int64_t back_ms = 1;
};
Passage draw(World& world, const Weather& weather);

/// Serves a host; on the world's lane. The request lives until it returns.
using Peer = std::function<boost::asio::awaitable<net::Response>(net::Request&)>;

/// The ways out of the server.
class Network {
 public:
  struct Host {
    Peer serve;
    Weather weather;
    bool down = false;  ///< Nobody can be reached.
    std::string word;   ///< For the trace.
  };

  explicit Network(World& world) : world_(world) {}
  /// By "host" or "host:port" as it stands in URLs.
  Host& host(const std::string& name) { return hosts_[name]; }
  void calm();

  using Answered = std::function<void(net::ClientResponse)>;
  /// Carries a request; `answered` is called at most once, on the world's lane or outside of lanes,
  /// when the answer or the sender's patience (timeout_ms) ends the exchange.
  void send(net::ClientRequest request, Answered answered);

  /// How much of a body comes next, and after which pause.
  struct Piece {
    std::size_t bytes = 0;
    std::int64_t pause_ms = 0;
  };
  Piece next_piece(std::size_t left);

 private:
  struct Exchange;
  boost::asio::awaitable<void> carry(std::shared_ptr<Exchange> exchange);
  boost::asio::awaitable<net::Response> arrive(Exchange& exchange);
  void end(Exchange& exchange, net::ClientResponse response);
  net::ClientResponse broken_off(const Exchange& exchange, const net::Response& response);

  World& world_;
  std::map<std::string, Host> hosts_;
};

/// The server's client: lives and dies with it.
class SimulatedClient final : public net::HttpClient {
 public:
  SimulatedClient(Network& network, const Clock& clock) : network_(network), clock_(clock) {}
  ~SimulatedClient() override { drop(); }
  net::Awaitable<net::ClientResponse> send(net::ClientRequest request) override;
  /// Forgets everybody who waits: the process has died.
  void drop();

 private:
  using TakesPieces = decltype(net::ClientRequest::on_piece);
  boost::asio::awaitable<bool> hand_over(const TakesPieces& on_piece,
                                         const net::ClientResponse& head, std::string_view body);

  using Waiting = std::map<std::uint64_t, std::function<void(net::ClientResponse)>>;

  Network& network_;
  const Clock& clock_;
  std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();
  std::uint64_t last_id_ = 0;
};

/// As the server's own parser gives it to a handler.
net::Request to_request(const net::ClientRequest& sent, const std::string& host,
                        const std::string& target);

}  // namespace tollgate::simulate
