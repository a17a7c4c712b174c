#include "net/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "net_fixture.hpp"
#include "peer_fixture.hpp"

namespace tollgate::net {
namespace {

/// Runs exchanges on a context of its own.
class Caller {
 public:
  explicit Caller(ClientOptions options = {}) : client(std::move(options), clock) {}

  ClientResponse send(ClientRequest request) {
    ClientResponse out;
    boost::asio::co_spawn(context, client.send(std::move(request)),
                          [&](const std::exception_ptr& error, ClientResponse response) {
                            if (error) std::rethrow_exception(error);
                            out = std::move(response);
                          });
    context.restart();
    context.run();
    return out;
  }

  SystemClock clock;
  boost::asio::io_context context;
  Client client;
};

std::string url(std::uint16_t port, std::string_view path = "/") {
  return "http://127.0.0.1:" + std::to_string(port) + std::string(path);
}

std::string answer(std::string_view body, std::string_view fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

ClientRequest post(std::string where, std::string body = "x") {
  ClientRequest request(Method::post, std::move(where));
  request.body = std::move(body);
  return request;
}

std::string word(const ClientResponse& response) {
  return response.error.substr(0, response.error.find(':'));
}

}  // namespace

TEST_CASE("a request arrives as it was given, with what HTTP needs added", "[client]") {
  Peer peer({{answer("hello", "X-A: 1\r\n")}});
  Caller caller;
  ClientRequest request = post(url(peer.port(), "/p?q=1"), "body");
  request.headers.add("X-B", "2");
  request.headers.add("Content-Length", "999");
  const ClientResponse response = caller.send(request);
  CHECK(response.transport == Transport::ok);
  CHECK(response.status == 200);
  CHECK(response.body == "hello");
  CHECK(response.headers.find("x-a") == "1");
  const std::string seen = peer.received(0);
  CHECK(seen.starts_with("POST /p?q=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
  CHECK(seen.find("X-B: 2\r\n") != std::string::npos);
  CHECK(seen.find("User-Agent: Tollgate/0.1\r\n") != std::string::npos);
  CHECK(seen.find("Content-Length: 4\r\n") != std::string::npos);
  CHECK(seen.find("999") == std::string::npos);
  CHECK(seen.ends_with("\r\n\r\nbody"));
}

TEST_CASE("a connection is used again", "[client]") {
  Peer peer({{answer("1"), answer("2"), answer("3")}});
  Caller caller;
  for (const char* body : {"1", "2", "3"}) CHECK(caller.send(post(url(peer.port()))).body == body);
  CHECK(peer.connections() == 1);
}

TEST_CASE("a connection whose peer has closed is not used again", "[client]") {
  Peer peer({{answer("1")}, {answer("2")}});
  Caller caller;
  CHECK(caller.send(post(url(peer.port()))).body == "1");
  REQUIRE(peer.wait_closed(1));
  const ClientResponse second = caller.send(post(url(peer.port())));
  CHECK(second.transport == Transport::ok);
  CHECK(second.body == "2");
}

TEST_CASE("a connection is not used again after `Connection: close`", "[client]") {
  Peer peer({{answer("1", "Connection: close\r\n"), answer("wrong")}, {answer("2")}});
  Caller caller;
  CHECK(caller.send(post(url(peer.port()))).body == "1");
  CHECK(caller.send(post(url(peer.port()))).body == "2");
}

TEST_CASE("close_idle closes this context's connections", "[client]") {
  Peer peer({{answer("1")}, {answer("2")}});
  Caller caller;
  CHECK(caller.send(post(url(peer.port()))).body == "1");
  caller.client.close_idle();
  CHECK(caller.send(post(url(peer.port()))).body == "2");
  CHECK(peer.connections() == 2);
}

TEST_CASE("a client outlives the contexts that it was used on", "[client]") {
  Peer peer({{answer("1")}, {answer("2")}});
  SystemClock clock;
  Client client({}, clock);
  for (const char* body : {"1", "2"}) {
    boost::asio::io_context context;
    std::string got;
    boost::asio::co_spawn(
        context, client.send(post(url(peer.port()))),
        [&](const std::exception_ptr&, ClientResponse response) { got = response.body; });
    context.run();
    CHECK(got == body);
  }
}

TEST_CASE("a refused connection is not_sent", "[client]") {
  Caller caller;
  const ClientResponse response = caller.send(post(url(Peer::unused_port())));
  CHECK(response.transport == Transport::not_sent);
  CHECK(word(response) == "connect_refused");
  CHECK_FALSE(response.address_refused);
}

TEST_CASE("a server that closes after reading leaves it unknown: maybe_sent", "[client]") {
  Peer peer({{""}, {""}});
  Caller caller;
  const ClientResponse posted = caller.send(post(url(peer.port())));
  CHECK(posted.transport == Transport::maybe_sent);
  CHECK(word(posted) == "connection_lost");
  const ClientResponse got = caller.send(ClientRequest(Method::get, url(peer.port())));
  CHECK(got.transport == Transport::maybe_sent);
}

TEST_CASE("a reused connection that dies under a GET is replaced, under a POST it is maybe_sent",
          "[client]") {
  for (const bool safe : {true, false}) {
    Peer peer({{answer("1"), ""}, {answer("2")}});
    Caller caller;
    CHECK(caller.send(post(url(peer.port()))).body == "1");
    ClientRequest request = post(url(peer.port()));
    if (safe) request = ClientRequest(Method::get, url(peer.port()));
    const ClientResponse response = caller.send(request);
    CHECK(response.transport == (safe ? Transport::ok : Transport::maybe_sent));
    CHECK(peer.connections() == (safe ? 2 : 1));
  }
}

TEST_CASE("an answer cut off is maybe_sent, also to a GET on a reused connection", "[client]") {
  Peer peer({{answer("1"), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}});
  Caller caller;
  caller.send(post(url(peer.port())));
  const ClientResponse response = caller.send(ClientRequest(Method::get, url(peer.port())));
  CHECK(response.transport == Transport::maybe_sent);
  CHECK(word(response) == "connection_lost");
  CHECK(peer.connections() == 1);
}

TEST_CASE("a server that does not answer in time is maybe_sent: timeout", "[client]") {
  Peer peer({{Peer::hang}});
  Caller caller;
  ClientRequest request = post(url(peer.port()));
  request.timeout_ms = 60;
  const ClientResponse response = caller.send(request);
  CHECK(response.transport == Transport::maybe_sent);
  CHECK(response.error == "timeout");
  CHECK(response.duration_ms >= 50);
  CHECK(response.duration_ms < 3'000);
}

TEST_CASE("a connection that is not made in time is not_sent: connect_timeout", "[client]") {
  const FullListener full;
  Caller caller;
  ClientRequest request = post(url(full.port()));
  request.connect_timeout_ms = 60;
  const ClientResponse response = caller.send(request);
  CHECK(response.transport == Transport::not_sent);
  CHECK(response.error == "connect_timeout");
}

TEST_CASE("a body over the cap ends the exchange: maybe_sent", "[client]") {
  Peer peer({{answer("12345")}, {answer("123456")}});
  Caller caller;
  ClientRequest request(Method::get, url(peer.port()));
  request.response_bytes = 5;
  CHECK(caller.send(request).body == "12345");
  REQUIRE(peer.wait_closed(1));
  const ClientResponse over = caller.send(request);
  CHECK(over.transport == Transport::maybe_sent);
  CHECK(over.error == "response_too_large");
  CHECK(over.body.empty());
}

TEST_CASE("a body is handed over in pieces while it comes, and not kept", "[client]") {
  std::string body(100'000, 'a');
  body += "end";
  Peer peer({{answer(body)}});
  Caller caller;
  ClientRequest request(Method::get, url(peer.port()));
  request.response_bytes = body.size();
  std::string got;
  std::size_t largest = 0;
  request.on_piece = [&](const ClientResponse& head, std::string_view piece) -> Awaitable<bool> {
    CHECK(head.status == 200);
    CHECK(head.headers.find("Content-Length") == "100003");
    got += piece;
    largest = std::max(largest, piece.size());
    co_return true;
  };
  const ClientResponse response = caller.send(std::move(request));
  CHECK(response.transport == Transport::ok);
  CHECK(response.status == 200);
  CHECK(response.body.empty());
  CHECK(got == body);
  CHECK(largest < 50'000);
}

TEST_CASE("who takes pieces ends the exchange by wanting no more", "[client]") {
  Peer peer({{answer(std::string(100'000, 'a')), answer("x")}, {answer("next")}});
  Caller caller;
  ClientRequest request(Method::get, url(peer.port()));
  int pieces = 0;
  request.on_piece = [&](const ClientResponse&, std::string_view) -> Awaitable<bool> {
    ++pieces;
    co_return false;
  };
  const ClientResponse stopped = caller.send(std::move(request));
  CHECK(pieces == 1);
  CHECK(stopped.transport == Transport::maybe_sent);
  CHECK(stopped.error == "stopped");
  CHECK(caller.send(ClientRequest(Method::get, url(peer.port()))).body == "next");
}

TEST_CASE("an answer that is no 2xx comes whole, and a cut one is told after its pieces",
          "[client]") {
  Peer peer({{"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"},
             {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}});
  Caller caller;
  std::string got;
  auto take = [&](const ClientResponse&, std::string_view piece) -> Awaitable<bool> {
    got += piece;
    co_return true;
  };
  ClientRequest first(Method::get, url(peer.port()));
  first.on_piece = take;
  CHECK(caller.send(std::move(first)).body == "none");
  CHECK(got.empty());
  ClientRequest second(Method::get, url(peer.port()));
  second.on_piece = take;
  CHECK(caller.send(std::move(second)).transport == Transport::maybe_sent);
  CHECK(got == "half");
}

TEST_CASE("a body that comes in pieces may be long, not silent for long", "[client]") {
  Peer peer({{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "never asked for"},
             {Peer::hang},
             {answer("slow")}});
  Caller caller;
  std::int64_t taking_ms = 0;
  std::string got;
  const auto send = [&] {
    ClientRequest request(Method::get, url(peer.port()));
    request.silence_timeout_ms = 60;
    request.on_piece = [&](const ClientResponse&, std::string_view piece) -> Awaitable<bool> {
      got += piece;
      std::this_thread::sleep_for(std::chrono::milliseconds(taking_ms));
      co_return true;
    };
    return caller.send(std::move(request));
  };
  for (const char* const expected : {"half", ""}) {
    got.clear();
    const ClientResponse silent = send();
    CHECK(silent.transport == Transport::maybe_sent);
    CHECK(silent.error == "timeout");
    CHECK(silent.duration_ms < 3'000);
    CHECK(got == expected);
  }
  taking_ms = 120;
  CHECK(send().transport == Transport::ok);
  CHECK(got == "slow");
}

TEST_CASE("of an answer that is not taken in pieces no more is held than of any other",
          "[client]") {
  Peer peer(
      {{"HTTP/1.1 500 Broken\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'a')}});
  Caller caller;
  ClientRequest request(Method::get, url(peer.port()));
  request.response_bytes = 4'000'000'000;
  request.whole_bytes = 10'000;
  request.on_piece = [](const ClientResponse&, std::string_view) -> Awaitable<bool> {
    co_return true;
  };
  const ClientResponse response = caller.send(std::move(request));
  CHECK(response.transport == Transport::maybe_sent);
  CHECK(response.error == "response_too_large");
  CHECK(response.body.empty());
}

TEST_CASE("a body without a length ends with the connection", "[client]") {
  Peer peer({{"HTTP/1.1 200 OK\r\n\r\nabc"}});
  Caller caller;
  const ClientResponse response = caller.send(ClientRequest(Method::get, url(peer.port())));
  CHECK(response.transport == Transport::ok);
  CHECK(response.body == "abc");
}

TEST_CASE("only addresses that the policy accepts are connected to", "[client]") {
  Peer peer({{answer("1")}, {answer("2")}});
  Caller caller;
  ClientRequest request(Method::get, "http://localhost:" + std::to_string(peer.port()) + "/");
  std::vector<std::string> asked;
  request.allow_address = [&](const boost::asio::ip::address& address) {
    asked.push_back(address.to_string());
    return false;
  };
  const ClientResponse refused = caller.send(request);
  CHECK(refused.transport == Transport::not_sent);
  CHECK(refused.address_refused);
  CHECK(refused.error == "address_refused");
  CHECK(std::ranges::count(asked, "127.0.0.1") == 1);
  CHECK(peer.connections() == 0);

  ClientRequest mapped(Method::get, "http://[::ffff:127.0.0.1]:" + std::to_string(peer.port()));
  mapped.allow_address = [](const boost::asio::ip::address& address) { return address.is_v6(); };
  CHECK(caller.send(mapped).address_refused);

  request.allow_address = [](const boost::asio::ip::address& address) {
    return address.is_v4() && address.is_loopback();
  };
  CHECK(caller.send(request).body == "1");
}

TEST_CASE("a connection made without a policy is not used under one", "[client]") {
  Peer peer({{answer("1")}, {answer("2")}});
  Caller caller;
  ClientRequest request(Method::get, url(peer.port()));
  CHECK(caller.send(request).body == "1");
  request.allow_address = [](const boost::asio::ip::address&) { return true; };
  CHECK(caller.send(request).body == "2");
  request.allow_address = [](const boost::asio::ip::address&) { return false; };
  CHECK(caller.send(request).address_refused);
}

TEST_CASE("what cannot be sent is told before anything is", "[client]") {
  Caller caller;
  CHECK(caller.send(ClientRequest(Method::get, "ftp://x/")).error == "bad_url");
  ClientRequest request(Method::get, "http://127.0.0.1:1/");
  request.headers.add("X", "a\r\nY: b");
  CHECK(caller.send(request).error == "bad_header");
  const ClientResponse unknown = caller.send(ClientRequest(Method::get, "http://name.invalid:80/"));
  CHECK(unknown.transport == Transport::not_sent);
  CHECK(word(unknown) == "resolve_failed");
}

TEST_CASE("a certificate that nobody known has signed is refused, one from ca_file accepted",
          "[client][tls]") {
  const TestCertificate certificate("localhost");
  TlsPeer peer(certificate, {answer("secret")});
  const std::string where = "https://localhost:" + std::to_string(peer.port()) + "/";
  Caller stranger;
  const ClientResponse refused = stranger.send(post(where));
  CHECK(refused.transport == Transport::not_sent);
  CHECK(word(refused) == "tls_failed");

  ClientOptions options;
  options.ca_file = certificate.certificate_file();
  Caller friendly(options);
  const ClientResponse accepted = friendly.send(post(where));
  CHECK(accepted.transport == Transport::ok);
  CHECK(accepted.body == "secret");
  CHECK(friendly.send(post(where)).body == "secret");
  CHECK(peer.handshakes() == 1);
}

TEST_CASE("a certificate for another name is refused", "[client][tls]") {
  const TestCertificate certificate("other.example");
  TlsPeer peer(certificate, {answer("secret")});
  ClientOptions options;
  options.ca_file = certificate.certificate_file();
  Caller caller(options);
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const ClientResponse response =
        caller.send(post(std::string("https://") + host + ":" + std::to_string(peer.port()) + "/"));
    CHECK(response.transport == Transport::not_sent);
    CHECK(word(response) == "tls_failed");
  }
  CHECK(peer.handshakes() == 0);
}

TEST_CASE("a ca_file that cannot be read stops the start", "[client][tls]") {
  SystemClock clock;
  ClientOptions options;
  options.ca_file = "/nonexistent.pem";
  CHECK_THROWS_WITH(Client(options, clock), Catch::Contains("/nonexistent.pem"));
}

}  // namespace tollgate::net
