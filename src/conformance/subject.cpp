#include "conformance/subject.hpp"

#include <algorithm>

#include "base/json_writer.hpp"
#include "channel/exchanger.hpp"

namespace tollgate::conformance {
namespace {

constexpr std::size_t piece_bytes = 4096;
constexpr std::size_t telling_bytes = 6;  // a shorter value may stand anywhere by chance

}  // namespace

std::shared_ptr<const channel::Plugin> Subject::plugin() {
  if (plugin_) return plugin_;
  auto loaded = channel::Plugin::load(given_.path);
  if (!loaded) throw Unfit(loaded.error().detail);
  plugin_ = *std::move(loaded);
  return plugin_;
}

Result<std::shared_ptr<channel::Account>> Subject::build(const std::string& gateway,
                                                         const Settings& settings) {
  json::Writer out;
  out.begin_object();
  for (const auto& [name, value] : settings) out.field(name, value);
  out.end_object();
  return channel::Account::build({"examined", plugin()->channel(), gateway, out.take()}, plugin(),
                                 random_, clock_);
}

std::shared_ptr<channel::Account> Subject::account() {
  auto built = build(given_.gateway, given_.settings);
  if (!built) throw Unfit("the settings that were given are refused: " + built.error().detail);
  return *std::move(built);
}

std::vector<std::string> Subject::secrets() {
  std::vector<std::string> values;
  for (const auto& [name, value] : given_.settings) {
    const auto declared = std::ranges::find(plugin()->settings(), name, &channel::Setting::name);
    const bool secret =
        declared != plugin()->settings().end() && (declared->flags & TG_SETTING_SECRET) != 0;
    if (secret && value.size() >= telling_bytes) values.push_back(value);
  }
  return values;
}

Walk Subject::carry(const std::function<channel::Step(channel::Dialogue&)>& begin,
                    const Answer& answer, int sends) {
  channel::Dialogue dialogue(account());
  Walk walk;
  auto timed = [&](auto step) {
    const auto from = clock_.steady_ms();
    auto next = step();
    walk.slowest_ms = std::max(walk.slowest_ms, clock_.steady_ms() - from);
    return next;
  };
  walk.end = timed([&] { return begin(dialogue); });
  while (const auto* request = std::get_if<sdk::Request>(&walk.end)) {
    walk.requests.push_back(*request);
    if (walk.requests.size() > static_cast<std::size_t>(sends)) {
      walk.end = channel::Broken{"it asks for more than " + std::to_string(sends) + " sends"};
      break;
    }
    const bool stream = request->stream;
    const auto response = answer(walk.requests.back());
    walk.end = timed([&] {
      return stream ? dialogue.resume_in_pieces(response, piece_bytes, clock_.now())
                    : dialogue.resume(response, clock_.now());
    });
  }
  if (std::holds_alternative<sdk::Continue>(walk.end))
    walk.end = channel::Broken{"it waits for more of an answer that has ended"};
  return walk;
}

Walk Subject::walk(const sdk::OperationInput& input, const Answer& answer) {
  const bool bill = input.kind == sdk::OperationKind::fetch_bill;
  return carry([&](channel::Dialogue& d) { return d.begin(input, clock_.now()); }, answer,
               bill ? channel::max_bill_sends : channel::max_sends);
}

Walk Subject::walk(const net::Request& callback, const Answer& answer) {
  constexpr std::int64_t max_age_s = 300;
  return carry(
      [&](channel::Dialogue& d) { return d.begin_callback(callback, max_age_s, clock_.now()); },
      answer, channel::max_sends);
}

}  // namespace tollgate::conformance
