#include "sandbox/exchange.hpp"

#include <utility>

#include "base/log.hpp"
#include "sandbox/pause.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::int64_t hang_ms = 60'000;
constexpr std::int64_t slow_ms = 1'000;
constexpr std::size_t shown_target_bytes = 500;

/// Played before the request is looked at.
bool comes_before(const std::optional<Fault>& fault) {
  return is(fault, FaultKind::cut_before) || is(fault, FaultKind::frequency) ||
         is(fault, FaultKind::refuse) || (is(fault, FaultKind::status) && !fault->processed);
}

}  // namespace

bool is(const std::optional<Fault>& fault, FaultKind kind) {
  return fault && fault->kind == kind;
}

net::Route Exchange::route(net::Method method, std::string pattern, std::string target, Act act) {
  auto handler = [this, target = std::move(target), act = std::move(act)](net::Request& request) {
    return serve(target, act, request);
  };
  return {method, std::move(pattern), "", std::move(handler)};
}

net::Awaitable<net::Response> Exchange::serve(std::string target, Act act, net::Request& request) {
  const std::optional<Fault> fault =
      context_.faults.take({manner_.channel, target, manner_.signs_answers});
  Outcome outcome;
  if (!comes_before(fault)) outcome = act(request, fault);
  if (outcome.operation.empty()) outcome.operation = target;
  if (is(fault, FaultKind::hang)) co_await pause(fault->delay_ms.value_or(hang_ms));
  if (is(fault, FaultKind::slow)) co_await pause(fault->delay_ms.value_or(slow_ms));
  co_return finish(request, std::move(outcome), fault);
}

net::Response Exchange::finish(const net::Request& request, Outcome outcome,
                               const std::optional<Fault>& fault) {
  const std::string played = fault ? std::string(to_string(fault->kind)) : std::string();
  if (comes_before(fault)) outcome.verdict = "not looked at: " + played;
  net::Response& response = outcome.response;
  if (is(fault, FaultKind::cut) || is(fault, FaultKind::cut_before)) {
    response = {};
    response.status = 0;
    response.abort = true;
  } else if (is(fault, FaultKind::frequency) || is(fault, FaultKind::refuse) ||
             is(fault, FaultKind::status)) {
    response = manner_.refuse(request, *fault);
  }
  put_on_record(request, outcome, played);
  if (response.abort) response.status = 500;
  return std::move(response);
}

void Exchange::record(const net::Request& request, const Outcome& outcome) {
  put_on_record(request, outcome, "");
}

void Exchange::put_on_record(const net::Request& request, const Outcome& outcome,
                             std::string played) {
  const std::string method(net::to_string(request.method));
  log::info("request.answered", {{"channel", manner_.channel},
                                 {"method", method},
                                 {"path", request.path},
                                 {"operation", outcome.operation},
                                 {"verdict", outcome.verdict},
                                 {"fault", played},
                                 {"status", outcome.response.status}});
  context_.requests.add({context_.true_clock.now(), manner_.channel, method,
                         request.target.substr(0, shown_target_bytes), outcome.operation,
                         outcome.mch_id, outcome.verdict, std::move(played),
                         outcome.response.status});
}

}  // namespace tollgate::sandbox
