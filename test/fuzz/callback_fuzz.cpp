// Callbacks to every plugin. Input: row, how it is signed, form, skew of the time, two bytes of how
// it is altered, the body up to a separator, then answers to what the plugin may have to fetch.
#include <array>

#include "channel_run.hpp"

namespace {

using namespace tollgate;
using fuzz::Input;

enum class Proof { right, right_too, altered, foreign, spliced, made_up };

struct Sent {
  sdk::CallbackInput input;
  bool genuine = false;
  bool fresh = true;
  std::string said;
};

constexpr std::int64_t max_age_s = 300;
constexpr std::array<std::int64_t, 8> skews_s{0, 0, 0, 0, -299, 299, -300, 100'000};

void alter(sdk::CallbackInput& notice, unsigned where, std::uint8_t how) {
  if (how % 16 == 0 && !notice.headers.empty()) {
    notice.headers.erase(std::next(notice.headers.begin(), where % notice.headers.size()));
  } else if (how % 16 == 1) {
    notice.body += static_cast<char>(where);
  } else if (how % 16 == 2 && !notice.body.empty()) {
    notice.body.pop_back();
  } else if (how % 16 == 3 && !notice.headers.empty()) {
    auto& value = std::next(notice.headers.begin(), where % notice.headers.size())->second;
    value = value.substr(0, value.size() / 2);
  } else if (!notice.body.empty()) {
    auto& byte = notice.body[where * 7u % notice.body.size()];
    byte = static_cast<char>(byte ^ (1 << how % 8));
  }
}

/// "name: value" lines, then an empty one, then the body.
sdk::CallbackInput made_up(std::string_view text) {
  Input input(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  sdk::CallbackInput notice;
  for (int count = 0; count < 20; ++count) {
    std::string_view line = input.until("\n");
    if (line.empty()) break;
    const auto colon = std::min(line.find(':'), line.size());
    notice.headers.emplace(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  notice.body = input.rest();
  return notice;
}

Sent send(fuzz::Counterpart& counterpart, Input& input) {
  const auto proof = static_cast<Proof>(input.below(6));
  const unsigned form = input.byte();
  const std::int64_t skew_s = skews_s[input.below(skews_s.size())];
  const unsigned where = input.byte();
  const std::uint8_t how = input.byte();
  Sent out;
  out.said = input.until(fuzz::separator);
  const fuzz::Signing signing{proof == Proof::foreign, form, fuzz::now.plus_s(skew_s).ms};
  if (proof == Proof::made_up) {
    out.input = made_up(out.said);
  } else {
    out.input = counterpart.notice(out.said, signing);
    out.genuine = proof != Proof::foreign;
  }
  const auto original = out.input;
  if (proof == Proof::altered) alter(out.input, where, how);
  if (proof == Proof::spliced)
    out.input.headers = counterpart.notice(out.said + " ", signing).headers;
  if (out.genuine) out.genuine = counterpart.same_notice(original, out.input);
  out.fresh = skew_s > -max_age_s && skew_s < max_age_s;
  return out;
}

net::Request to_request(const sdk::CallbackInput& notice) {
  net::Request request;
  request.method = net::Method::post;
  request.path = "/callbacks/main";
  request.target = request.path;
  request.query = notice.query;
  request.body = notice.body;
  request.headers = fuzz::to_net(notice.headers);
  return request;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const fuzz::Stage stage(input.byte());
  const auto sent = send(stage.counterpart(), input);
  fuzz::Trail trail;
  channel::Dialogue dialogue(stage.account());
  auto first = dialogue.begin_callback(to_request(sent.input), max_age_s, fuzz::now);
  const auto end = stage.finish(dialogue, std::move(first), input, trail);
  const auto& verdict = std::get<sdk::CallbackVerdict>(end);
  MUST(verdict.outcome.reason != sdk::Reason::plugin_exception);
  if (!verdict.authentic) {
    MUST(!verdict.applies && verdict.refusal != sdk::Refusal::none);
    MUST(verdict.nack.status >= 400);
    return 0;
  }
  if (!stage.counterpart().vouches(trail.texts)) {
    MUST(sent.genuine);
    MUST(sent.fresh || !stage.counterpart().signs_time());
  }
  MUST(!verdict.event_id.empty());
  trail.texts.push_back(sent.said);
  trail.last_ok = trail.last_proved = true;
  if (verdict.applies) fuzz::check_outcome(verdict.outcome, trail, stage.counterpart());
  return 0;
}
