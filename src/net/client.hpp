// The HTTP/1.1 client: TLS verified, keep-alive pooled, bounded in time and size.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "net/http_client.hpp"

namespace tollgate::net {

struct ClientOptions {
  std::string ca_file;  ///< Extra trusted CA bundle (PEM); the system's store is always used.
  std::string user_agent = "Tollgate/0.1";
  std::size_t idle_per_host = 32;
  std::int64_t idle_ms = 30'000;
};

/// Never throws for what a peer does; never follows redirects; never retries by itself, except
/// that a pooled connection which turns out dead before any byte of the response is replaced once
/// when the method is GET or HEAD (anything else is maybe_sent, unless no byte of it was written).
/// Usable from any io_context; each context has its own pool, so no connection changes threads.
class Client final : public HttpClient {
 public:
  explicit Client(ClientOptions options, const Clock& clock);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Awaitable<ClientResponse> send(ClientRequest request) override;

  /// Closes the pooled connections of the calling context. To be called on each context before it
  /// ends.
  void close_idle();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::net
