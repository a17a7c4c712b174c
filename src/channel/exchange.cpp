#include "channel/exchange.hpp"

#include "base/json_writer.hpp"
#include "channel/mask.hpp"

namespace tollgate::channel {
namespace {

constexpr std::size_t max_recorded_headers = 100;

template <class Headers, class Each>
std::string message_json(const Headers& headers, std::string_view body, Each each) {
  json::Writer w;
  w.begin_object().key("headers").begin_object();
  std::size_t count = 0;
  for (const auto& header : headers) {
    if (++count > max_recorded_headers) break;
    const sdk::Header seen = each(header);
    w.field(seen.name, mask_header(seen));
  }
  w.end_object().field("body", mask_body(body)).end_object();
  return w.take();
}

}  // namespace

sdk::Transport to_sdk(net::Transport transport) {
  switch (transport) {
    case net::Transport::ok:
      return sdk::Transport::ok;
    case net::Transport::not_sent:
      return sdk::Transport::not_sent;
    case net::Transport::maybe_sent:
      return sdk::Transport::maybe_sent;
  }
  return sdk::Transport::maybe_sent;
}

Exchange Exchange::prepare(ExchangeId id, const sdk::Request& request, TimeMs now) {
  Exchange made;
  made.id = id;
  made.method = request.method;
  made.url = mask_url(request.url);
  made.request_json = message_json(
      request.headers, request.recorded_body.empty() ? request.body : request.recorded_body,
      [](const sdk::Header& h) { return h; });
  made.created = now;
  return made;
}

void Exchange::complete(const net::ClientResponse& response,
                        std::optional<std::uint64_t> streamed_bytes) {
  transport = to_sdk(response.transport);
  duration_ms = response.duration_ms;
  if (response.transport != net::Transport::ok) return;
  status = response.status;
  const std::string body = streamed_bytes
                               ? "[" + std::to_string(*streamed_bytes) + " bytes, read in pieces]"
                               : response.body;
  response_json = message_json(response.headers.all(), body, [](const auto& h) {
    return sdk::Header{h.first, h.second, false};
  });
}

}  // namespace tollgate::channel
