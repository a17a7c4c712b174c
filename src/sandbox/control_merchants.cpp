// The part of the control interface that is about merchants, the log and the clock.
#include <utility>

#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "sandbox/control.hpp"

namespace tollgate::sandbox {
namespace {

constexpr std::size_t default_requests = 100;

}  // namespace

net::Response Control::rotate(net::Request& request) {
  ControlBody body(request);
  if (!body.is_json()) return body.refusal();
  const std::string mch_id = body.object().text("mch_id");
  const std::string mode = body.object().optional_text("mode").value_or("");
  if (auto problem = body.problem()) return *problem;
  const auto found = cashier_.merchant(mch_id);
  if (!found.channel) return control_refused(404, "no such merchant");
  auto state = found.channel->rotate(found.merchant.mch_id, mode);
  return state ? control_ok(std::move(*state)) : control_invalid(state.error());
}

net::Response Control::configure(net::Request& request) {
  ControlBody body(request);
  if (!body.is_json()) return body.refusal();
  const std::string mch_id = body.object().text("mch_id");
  const std::string name = body.object().text("name");
  const std::string value = body.object().text("value", {.min = 0, .max = 2'000});
  if (auto problem = body.problem()) return *problem;
  const auto found = cashier_.merchant(mch_id);
  if (!found.channel) return control_refused(404, "no such merchant");
  auto state = found.channel->configure(found.merchant.mch_id, name, value);
  return state ? control_ok(std::move(*state)) : control_invalid(state.error());
}

net::Response Control::requests(net::Request& request) {
  std::size_t limit = default_requests;
  if (const auto text = request.query_param("limit")) {
    const auto wanted = StrongId<struct LimitTag>::parse(*text);
    if (!wanted) return control_refused(422, "limit must be a positive number");
    limit = static_cast<std::size_t>(wanted->value());
  }
  json::Writer out;
  out.begin_object().key("requests").begin_array();
  for (const auto& record : context_.requests.latest(limit)) out.raw(request_json(record));
  return control_ok(out.end_array().end_object().take());
}

net::Response Control::ledger(net::Request&) {
  auto totals = context_.ledger.totals();
  json::Writer out;
  out.begin_object().key("merchants").begin_array();
  for (const auto& channel : cashier_.channels())
    for (const auto& merchant : channel->merchants())
      out.raw(totals_json(merchant, channel->name(),
                          totals[{std::string(channel->name()), merchant.mch_id}]));
  return control_ok(out.end_array().end_object().take());
}

net::Response Control::bills(net::Request&) {
  const Bills::Policy policy = context_.bills.policy();
  return control_ok(json::Writer()
                        .begin_object()
                        .field("from", bills_from_text(policy.from_min))
                        .field("fee_per_10000", policy.fee_per_10000)
                        .field("report_rows", policy.report_rows)
                        .end_object()
                        .take());
}

net::Response Control::set_bills(net::Request& request) {
  ControlBody body(request);
  if (!body.is_json()) return body.refusal();
  Bills::Policy policy = context_.bills.policy();
  auto& object = body.object();
  if (const auto text = object.optional_text("from")) {
    const auto from = read_bills_from(*text);
    if (!from) object.errors().add("/from", "must be now, or a time of day such as 10:00");
    if (from) policy.from_min = from->minutes;
  }
  policy.fee_per_10000 = object.optional_integer("fee_per_10000", {.min = 0, .max = 10'000})
                             .value_or(policy.fee_per_10000);
  policy.report_rows = object.optional_integer("report_rows", {.min = 1, .max = 10'000})
                           .value_or(policy.report_rows);
  if (auto problem = body.problem()) return *problem;
  context_.bills.set_policy(policy);
  return bills(request);
}

net::Response Control::shift_clock(net::Request& request) {
  constexpr std::int64_t century_ms = 100LL * 365 * 86'400'000;
  ControlBody body(request);
  if (!body.is_json()) return body.refusal();
  const std::int64_t ms = body.object().integer("ms", {.min = -century_ms, .max = century_ms});
  if (auto problem = body.problem()) return *problem;
  clock_.shift_ms(ms);
  return control_ok(json::Writer()
                        .begin_object()
                        .field("now", to_rfc3339(clock_.now()))
                        .field("offset_ms", clock_.offset_ms())
                        .end_object()
                        .take());
}

}  // namespace tollgate::sandbox
