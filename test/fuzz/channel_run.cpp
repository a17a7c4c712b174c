#include "channel_run.hpp"

#include <algorithm>
#include <array>

#include "base/random.hpp"
#include "channel/exchanger.hpp"

namespace tollgate::fuzz {
namespace {

/// Made once: keys and certificates take long. They hold no state that an input could change.
struct Row {
  std::shared_ptr<const channel::Plugin> plugin;
  std::unique_ptr<Counterpart> counterpart;
};

std::vector<Row> make_rows() {
  std::vector<Row> made;
  for (const auto& channel : channels())
    made.push_back({channel::Plugin::from_entry(channel.entry, std::string(channel.name)).value(),
                    channel.make()});
  return made;
}

const Row& row_at(unsigned number) {
  static const std::vector<Row> rows = make_rows();
  return rows[number % rows.size()];
}

constexpr std::array statuses{200, 204, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 202, 302};

net::ClientResponse received(sdk::Response response) {
  net::ClientResponse out;
  out.transport = static_cast<net::Transport>(response.transport);
  out.status = response.status;
  out.headers = to_net(response.headers);
  out.body = std::move(response.body);
  return out;
}

}  // namespace

net::Headers to_net(const std::map<std::string, std::string, std::less<>>& headers) {
  net::Headers out;
  for (const auto& [name, value] : headers) out.add(name, value);
  return out;
}

Stage::Stage(unsigned number) : counterpart_(row_at(number).counterpart.get()) {
  static SeededRandom random(1);
  static const ManualClock clock(now);
  auto& peer = counterpart_->peer();
  const auto& plugin = row_at(number).plugin;
  account_ =
      channel::Account::build({"main", plugin->channel(), peer.gateway(), peer.settings_json()},
                              plugin, random, clock)
          .value();
}

sdk::Response Stage::answer(const sdk::Request& request, Input& input, Trail& trail) const {
  const unsigned kind = input.below(9);
  const unsigned status = input.byte();
  Signing signing{kind == 4, input.byte(), now.ms};
  const std::string text(input.until(separator));
  sdk::Response response;
  if (kind < 2 || kind == 8) {
    response = counterpart_->peer().answer(request, now.ms);
    trail.last_proved = kind != 8 || response.body.empty();
    if (kind == 8 && !response.body.empty()) {  // altered on its way
      const std::size_t at = text.size() % response.body.size();
      response.body[at] = static_cast<char>(response.body[at] ^ (1 << status % 8));
    }
  } else {
    if (kind < 5) response = counterpart_->answer(text, signing);
    if (kind == 5) response.body = text;
    if (kind == 6) response.transport = sdk::Transport::not_sent;
    if (kind == 7) response.transport = sdk::Transport::maybe_sent;
    response.status = kind >= 6 ? 0 : statuses[status % statuses.size()];
    trail.last_proved = kind < 4;
  }
  trail.last_ok = response.transport == sdk::Transport::ok;
  trail.texts.push_back(text);
  trail.texts.push_back(response.body);
  return response;
}

channel::Step Stage::finish(channel::Dialogue& dialogue, channel::Step step, Input& input,
                            Trail& trail) const {
  while (const auto* request = std::get_if<sdk::Request>(&step)) {
    MUST(++trail.sends <= channel::max_sends);
    const auto why = channel::forbidden(*request);
    MUST(!why);
    const bool stream = request->stream;
    const auto response = received(answer(*request, input, trail));
    step = stream ? dialogue.resume_in_pieces(response, 1 + trail.texts.size() % 7, now)
                  : dialogue.resume(response, now);
  }
  MUST(!std::holds_alternative<sdk::Continue>(step));
  MUST(!std::holds_alternative<channel::Broken>(step));
  return step;
}

void check_outcome(const sdk::Outcome& outcome, const Trail& trail,
                   const Counterpart& counterpart) {
  const auto said = [&](std::int64_t amount) {
    return std::ranges::any_of(trail.texts, [&](const std::string& text) {
      return counterpart.says(text, amount, outcome.currency);
    });
  };
  MUST(outcome.reason != sdk::Reason::plugin_exception);
  if (outcome.verdict == sdk::Verdict::succeeded) {
    // Some channels have no call that closes: nobody is asked.
    MUST(trail.last_ok || (trail.sends == 0 && outcome.reason == sdk::Reason::closed));
    // That a trade is closed moves no money: a refusal that says so need not be signed.
    MUST(trail.last_proved || !counterpart.signs_answers() ||
         outcome.reason == sdk::Reason::closed);
    if (outcome.amount != -1) MUST(said(outcome.amount));
    if (outcome.refund_amount != -1) MUST(said(outcome.refund_amount));
  }
  // Before anything was sent, a wish may fail for what it is.
  if (outcome.verdict == sdk::Verdict::failed) MUST(trail.last_ok || trail.sends == 0);
}

}  // namespace tollgate::fuzz
