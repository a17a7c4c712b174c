#include "simulate/caller.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/json_reader.hpp"

namespace tollgate::simulate {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t longest_call_ms = 40'000;

net::Request to_request(const Call& call) {
  net::Request request;
  request.method = call.method;
  request.target = call.target;
  const auto mark = call.target.find('?');
  request.path = call.target.substr(0, mark);
  if (mark != std::string::npos) request.query = call.target.substr(mark + 1);
  request.headers.add("Authorization",
                      std::string("Bearer ") + (call.admin ? admin_key : merchant_key));
  if (!call.body.empty()) request.headers.add("Content-Type", "application/json");
  if (!call.idempotency_key.empty()) request.headers.add("Idempotency-Key", call.idempotency_key);
  request.body = call.body;
  request.remote_ip = "203.0.113.5";
  return request;
}

bool is_final(const net::Response& response) {
  return response.status < 500 && response.status != 429 && !response.headers.find("Retry-After");
}

}  // namespace

asio::awaitable<std::optional<net::Response>> ask(World& world, Process& process,
                                                  net::Request request, std::int64_t patience_ms) {
  std::optional<net::Response> got;
  auto initiate = [&](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto over = std::make_shared<bool>(false);  // the first of both ends the wait
    auto end = [&world, &got, shared, over](std::optional<net::Response> answer) {
      if (std::exchange(*over, true)) return;
      got = std::move(answer);
      asio::post(world.lane, [shared] { std::move (*shared)(); });
    };
    const std::int64_t until_ms = world.scheduler.now_ms() + patience_ms;
    const auto timeout = world.scheduler.call_at(
        until_ms, [end] { end(std::nullopt); }, &world.lane);
    process.request(std::move(request),
                    [&world, end, timeout](std::optional<net::Response> answer) {
                      end(std::move(answer));
                      world.scheduler.call_now(timeout);
                    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                       asio::use_awaitable);
  co_return std::move(got);
}

std::string in_quotes(const std::string& text) {
  return "\"" + text + "\"";
}

std::string member(const std::string& json, const std::string& name) {
  const auto document = json::Document::parse(json);
  if (!document) return "";
  json::Errors errors;
  json::Object object(*document, errors);
  std::string raw = object.raw(name).value_or("");
  if (raw.size() >= 2 && raw.front() == '"') return raw.substr(1, raw.size() - 2);
  return raw;
}

asio::awaitable<Caller::Answer> Caller::try_once(Call call) {
  const Passage passage = draw(world_, weather_);
  world_.note(
      {"api", net::to_string(call.method), call.target, call.body, to_string(passage.fate)});
  co_await world_.sleep(passage.there_ms);
  const bool arrives = passage.fate != Fate::refused && passage.fate != Fate::lost &&
                       passage.fate != Fate::error_before;
  if (!arrives) co_return std::nullopt;
  if (passage.fate == Fate::late) co_await world_.sleep(world_.between(1'000, longest_call_ms));
  const std::int64_t patience_ms = world_.between(2'000, longest_call_ms);
  Answer answer = co_await ask(world_, process_, to_request(call), patience_ms);
  if (!answer) co_return std::nullopt;
  if (passage.fate == Fate::doubled) co_await ask(world_, process_, to_request(call), patience_ms);
  world_.note({"api answers", std::to_string(answer->status), member(answer->body, "code")});
  if (answer->status == 500) world_.fail("500 for " + call.target + ": " + answer->body);
  co_await world_.sleep(passage.back_ms);
  const bool comes_back = passage.fate == Fate::fine || passage.fate == Fate::doubled;
  if (!comes_back) co_return std::nullopt;
  co_return answer;
}

asio::awaitable<Caller::Answer> Caller::insist(Call call, int tries) {
  for (int i = 0; i < tries; ++i) {
    Answer answer = co_await try_once(call);
    if (answer && is_final(*answer)) co_return answer;
    co_await world_.sleep(world_.between(200, 5'000));
  }
  co_return std::nullopt;
}

void Caller::check_repeat(const net::Response& first, const Answer& again) {
  if (!again) return;
  if (again->status != first.status || again->body != first.body)
    world_.fail("P6: the same key was answered with " + std::to_string(first.status) + " " +
                first.body + " and then with " + std::to_string(again->status) + " " + again->body);
}

}  // namespace tollgate::simulate
