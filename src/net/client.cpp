#include "net/client.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "net/client_pool.hpp"
#include "net/response_parser.hpp"

namespace tollgate::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Step = ResponseParser::Step;

constexpr std::size_t addresses_max = 8;

Deadline after_ms(std::int64_t ms) {
  return std::chrono::steady_clock::now() +
         std::chrono::milliseconds(std::max<std::int64_t>(ms, 0));
}

asio::ssl::context make_tls(const std::string& ca_file) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  if (SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION) != 1)
    throw std::runtime_error("TLS 1.2 is not available");
  tls.set_verify_mode(asio::ssl::verify_peer);
  tls.set_default_verify_paths();
  error_code ec;
  if (!ca_file.empty()) tls.load_verify_file(ca_file, ec);
  if (ec) throw std::runtime_error("cannot read certificates from " + ca_file);
  return tls;
}

/// Fields of a caller that the client sets itself.
bool belongs_to_client(std::string_view name) {
  static constexpr std::string_view names[] = {"Host", "Content-Length", "Connection",
                                               "Transfer-Encoding"};
  return std::ranges::any_of(names,
                             [&](std::string_view own) { return equal_ignoring_case(own, name); });
}

/// The whole request as it goes out; nothing where a field could not be sent as given.
std::optional<std::string> write_request(const ClientRequest& request, const Url& url,
                                         const std::string& user_agent) {
  std::string out(to_string(request.method));
  out.append(" ").append(url.target).append(" HTTP/1.1\r\nHost: ").append(url.authority);
  out.append("\r\nConnection: keep-alive");
  for (const auto& [name, value] : request.headers.all()) {
    if (!is_field_name(name) || !is_field_value(value)) return std::nullopt;
    if (belongs_to_client(name)) continue;
    out.append("\r\n").append(name).append(": ").append(value);
  }
  if (!request.headers.find("User-Agent")) out.append("\r\nUser-Agent: ").append(user_agent);
  const bool carries_body = request.method == Method::post || request.method == Method::put ||
                            request.method == Method::patch;
  if (carries_body || !request.body.empty())
    out.append("\r\nContent-Length: ").append(std::to_string(request.body.size()));
  return out.append("\r\n\r\n").append(request.body);
}

/// A look-up cannot be cancelled: one that is too late ends by itself, and keeps what it needs.
struct Lookup {
  tcp::resolver resolver;
  asio::steady_timer timer;
  std::shared_ptr<ClientPool> pool;
  tcp::resolver::results_type results;
  error_code ec;
  bool done = false;

  Lookup(const asio::any_io_executor& executor, std::shared_ptr<ClientPool> p)
      : resolver(executor), timer(executor), pool(std::move(p)) {}
};

asio::ip::address canonical(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address;
}

/// One exchange on its way; lives in the frame of send().
struct Exchange {
  const ClientRequest& request;
  const Url url;
  const std::string text;
  const Deadline deadline;
  const Deadline connect_deadline;
  asio::any_io_executor executor;
  std::shared_ptr<ClientPool> pool;
  std::shared_ptr<ClientConnection> connection;
  ClientResponse response;

  bool fail(Transport transport, std::string error) {
    response.transport = transport;
    response.error = std::move(error);
    return false;
  }
};

Awaitable<std::string> look_up(Exchange& x, ClientConnection::Endpoints& found) {
  if (!x.pool->lookup_begins()) co_return "resolve_failed: too many look-ups";
  const auto lookup = std::make_shared<Lookup>(x.executor, x.pool);
  lookup->resolver.async_resolve(x.url.host, x.url.port, tcp::resolver::numeric_service,
                                 [lookup](const error_code& ec, tcp::resolver::results_type all) {
                                   lookup->pool->lookup_ends();
                                   lookup->ec = ec;
                                   lookup->results = std::move(all);
                                   lookup->done = true;
                                   lookup->timer.cancel();
                                 });
  error_code ignored;
  lookup->timer.expires_at(x.connect_deadline);
  co_await lookup->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!lookup->done) co_return "connect_timeout";
  if (lookup->ec) co_return "resolve_failed: " + lookup->ec.message();
  for (const auto& entry : lookup->results) found.push_back(entry.endpoint());
  co_return std::string();
}

/// The addresses that may be connected to; on false x.response tells why there are none.
Awaitable<bool> find_endpoints(Exchange& x, ClientConnection::Endpoints& endpoints) {
  if (x.url.host_is_address) {
    const auto port = static_cast<std::uint16_t>(std::stoul(x.url.port));
    endpoints.emplace_back(asio::ip::make_address(x.url.host), port);
  } else {
    std::string error = co_await look_up(x, endpoints);
    if (!error.empty()) co_return x.fail(Transport::not_sent, std::move(error));
  }
  for (auto& endpoint : endpoints) endpoint.address(canonical(endpoint.address()));
  if (x.request.allow_address) {
    std::erase_if(endpoints, [&](const tcp::endpoint& endpoint) {
      return !x.request.allow_address(endpoint.address());
    });
    if (endpoints.empty()) {
      x.response.address_refused = true;
      co_return x.fail(Transport::not_sent, "address_refused");
    }
  }
  if (endpoints.size() > addresses_max) endpoints.resize(addresses_max);
  co_return true;
}

Awaitable<bool> connect(Exchange& x, asio::ssl::context& tls) {
  ClientConnection::Endpoints endpoints;
  const bool found = co_await find_endpoints(x, endpoints);
  if (!found) co_return false;
  x.connection = std::make_shared<ClientConnection>(x.executor);
  std::string error = co_await x.connection->connect(std::move(endpoints), x.connect_deadline);
  if (error.empty() && x.url.tls)
    error = co_await x.connection->handshake(tls, x.url, x.connect_deadline);
  if (error.empty()) co_return true;
  co_return x.fail(Transport::not_sent, std::move(error));
}

bool lost(Exchange& x, std::string error) {
  const Transport transport = x.connection->wrote() ? Transport::maybe_sent : Transport::not_sent;
  return x.fail(transport, x.connection->timed_out() ? "timeout" : std::move(error));
}

void take_answer(Exchange& x, ResponseParser& parser) {
  x.response.transport = Transport::ok;
  x.response.status = parser.status();
  x.response.headers = std::move(parser.headers());
  x.response.body = std::move(parser.body());
}

/// The exchange broke; what came of the answer may be enough.
bool broke(Exchange& x, ResponseParser& parser, std::string error) {
  if (!x.request.head_suffices || !parser.has_head()) return lost(x, std::move(error));
  take_answer(x, parser);
  return true;
}

/// Hands over what has come of the body to who takes it in pieces. False: no more is wanted.
Awaitable<bool> hand_over(Exchange& x, ResponseParser& parser) {
  const bool taken = x.request.on_piece && parser.has_head() && parser.status() / 100 == 2;
  if (!taken || parser.body().empty()) co_return true;
  if (x.response.status == 0) {
    x.response.status = parser.status();
    x.response.headers = parser.headers();
  }
  const bool wanted = co_await x.request.on_piece(x.response, parser.body());
  parser.body().clear();
  co_return wanted;
}

/// What comes next. A body that is taken in pieces may be long, but not silent for long.
Awaitable<bool> read_more(Exchange& x, std::string& buffer) {
  const bool bounded = x.request.on_piece && x.request.silence_timeout_ms > 0;
  if (!bounded) co_return co_await x.connection->read_into(buffer);
  const Deadline silent_until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(x.request.silence_timeout_ms);
  x.connection->move_deadline(std::min(x.deadline, silent_until));
  const bool more = co_await x.connection->read_into(buffer);
  // Who takes the pieces may be slow.
  if (more) x.connection->move_deadline(x.deadline);
  co_return more;
}

/// What is not handed over in pieces is held.
bool holds_too_much(const Exchange& x, ResponseParser& parser) {
  return x.request.on_piece && parser.body().size() > x.request.whole_bytes;
}

/// Sends and receives; `answered` tells whether any byte of an answer came.
Awaitable<bool> talk(Exchange& x, bool& answered, bool& reusable) {
  ClientConnection& connection = *x.connection;
  connection.begin_exchange(x.deadline);
  const bool written = co_await connection.write(x.text);
  if (!written) co_return lost(x, connection.error());

  ResponseParser parser(x.request.response_bytes, x.request.method == Method::head);
  std::string buffer;
  Step step = Step::need_more;
  while (step == Step::need_more) {
    const bool more = co_await read_more(x, buffer);
    if (!more && (!connection.error().empty() || connection.timed_out()))
      co_return broke(x, parser, connection.error());
    answered = answered || !buffer.empty();
    std::size_t taken = 0;
    step = more ? parser.parse(buffer, taken) : parser.end();
    buffer.erase(0, taken);
    const bool wanted = co_await hand_over(x, parser);
    if (!wanted) co_return x.fail(Transport::maybe_sent, "stopped");
    if (holds_too_much(x, parser)) co_return broke(x, parser, "response_too_large");
  }
  connection.end_exchange();
  if (step == Step::failed) co_return broke(x, parser, parser.error());
  take_answer(x, parser);
  reusable = parser.keep_alive() && buffer.empty();
  co_return true;
}

/// A pooled connection that turns out dead is replaced once where that cannot repeat anything.
bool may_replace(const Exchange& x, bool answered) {
  const bool repeatable = x.request.method == Method::get || x.request.method == Method::head;
  return !answered && !x.connection->timed_out() && (repeatable || !x.connection->wrote());
}

Awaitable<void> run(Exchange& x, asio::ssl::context& tls) {
  const std::string key = (x.url.tls ? "https://" : "http://") + x.url.host + " " + x.url.port +
                          (x.request.allow_address ? " checked" : "");
  x.connection = x.pool->take(key, x.request.allow_address);
  for (;;) {
    const bool fresh = !x.connection;
    if (fresh) {
      const bool connected = co_await connect(x, tls);
      if (!connected) co_return;
    }
    bool answered = false;
    bool reusable = false;
    const bool complete = co_await talk(x, answered, reusable);
    if (complete) {
      if (reusable) x.pool->put(key, std::move(x.connection));
      co_return;
    }
    if (fresh || !may_replace(x, answered)) co_return;
    x.connection.reset();
    x.response = ClientResponse();
  }
}

ClientResponse unsendable(std::string error) {
  ClientResponse response;
  response.error = std::move(error);
  return response;
}

}  // namespace

struct Client::Impl {
  const ClientOptions options;
  const Clock& clock;
  asio::ssl::context tls;
  ClientPools pools;

  Impl(ClientOptions o, const Clock& c)
      : options(std::move(o)),
        clock(c),
        tls(make_tls(options.ca_file)),
        pools(options.idle_per_host, options.idle_ms) {}
};

Client::Client(ClientOptions options, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {}

Client::~Client() = default;

Awaitable<ClientResponse> Client::send(ClientRequest request) {
  const std::int64_t start_ms = impl_->clock.steady_ms();
  auto url = parse_url(request.url);
  if (!url) co_return unsendable("bad_url");
  auto text = write_request(request, *url, impl_->options.user_agent);
  if (!text) co_return unsendable("bad_header");
  const Deadline deadline = after_ms(request.timeout_ms);
  const Deadline connect_deadline = std::min(deadline, after_ms(request.connect_timeout_ms));
  const auto executor = co_await asio::this_coro::executor;
  auto pool = impl_->pools.of(asio::query(executor, asio::execution::context));
  Exchange x{request,  std::move(*url), std::move(*text), deadline,        connect_deadline,
             executor, std::move(pool), nullptr,          ClientResponse()};
  co_await run(x, impl_->tls);
  x.response.duration_ms = impl_->clock.steady_ms() - start_ms;
  co_return std::move(x.response);
}

void Client::close_idle() {
  impl_->pools.clear_of_this_thread();
}

}  // namespace tollgate::net
