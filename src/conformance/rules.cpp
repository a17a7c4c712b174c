#include "channel/exchange.hpp"
#include "channel/exchanger.hpp"
#include "channel/words.hpp"
#include "conformance/examine.hpp"
#include "conformance/probes.hpp"

namespace tollgate::conformance {
namespace {

using net::ClientResponse;
using sdk::OperationKind;
using sdk::Verdict;

constexpr std::int64_t blocking_ms = 1'000;  // an I/O thread serves others too

void loads(Subject& subject, Findings&) {
  subject.plugin();
}

void describes_itself(Subject& subject, Findings& findings) {
  const auto plugin = subject.plugin();
  if (plugin->version().empty()) findings.add("it has no version");
  if (plugin->title().empty()) findings.add("it has no title");
  for (const auto& c : plugin->capabilities()) {
    const std::string method = "the method " + c.method;
    if (!c.has(OperationKind::pay)) findings.add(method + " cannot pay");
    if (!c.has(OperationKind::query))
      findings.add(method + " cannot be asked about: what is unknown stays so for ever");
    if (!c.has(channel::callback_kind)) findings.add(method + " has no callback");
    if (c.action == sdk::ActionType::none) findings.add(method + " gives nothing to pay with");
    if (c.title.empty()) findings.add(method + " has no title");
  }
  for (const auto& s : plugin->settings())
    if (s.description.empty()) findings.add("the setting " + s.name + " has no description");
}

void names_its_receiver(Subject& subject, Findings& findings) {
  if (subject.account()->receiver().empty())
    findings.add("the account names no receiver: no payment could ever be believed");
}

void refuses_wrong_settings(Subject& subject, Findings& findings) {
  const auto& given = subject.given();
  const auto secrets = subject.secrets();
  subject.account();
  const auto try_with = [&](const Settings& settings, const std::string& named,
                            const std::string& what) {
    const auto built = subject.build(given.gateway, settings);
    if (built) return findings.add(what + " is taken");
    const std::string& why = built.error().detail;
    if (why.find(named) == std::string::npos)
      findings.add(what + " is refused without its name: " + why);
    for (const auto& secret : secrets)
      if (why.find(secret) != std::string::npos)
        findings.add(what + " is refused with a secret in the sentence");
  };
  Settings further = given.settings;
  further.emplace_back("no_such_setting", "x");
  try_with(further, "no_such_setting", "a setting that is not declared");
  for (const auto& s : subject.plugin()->settings()) {
    if ((s.flags & TG_SETTING_REQUIRED) == 0) continue;
    Settings without = given.settings;
    std::erase_if(without, [&](const auto& setting) { return setting.first == s.name; });
    try_with(without, s.name, "leaving out " + s.name);
  }
}

void refuses_wrong_gateways(Subject& subject, Findings& findings) {
  subject.account();
  for (const auto* gateway : {"", "example.com", "ftp://example.com", "http://example.com",
                              "https://", "https://a@b", "http://127.0.0.1.evil.example"})
    if (subject.build(gateway, subject.given().settings))
      findings.add(std::string("the gateway \"") + gateway + "\" is taken");
}

/// What an operation ended as although nobody said anything of use.
void check_outcome(const std::string& asked, const Walk& walk, Findings& findings) {
  if (const auto* broken = std::get_if<channel::Broken>(&walk.end))
    return findings.add(asked + ": " + broken->what);
  const auto& outcome = std::get<sdk::Outcome>(walk.end);
  if (outcome.reason == sdk::Reason::plugin_exception)
    return findings.add(asked + ": it throws: " + outcome.channel_message);
  if (walk.requests.empty()) return;  // it needed no answer
  if (outcome.verdict == Verdict::succeeded || outcome.verdict == Verdict::failed)
    findings.add(asked + ": it says " + std::string(channel::to_string(outcome.verdict)));
  if (!outcome.material.empty()) findings.add(asked + ": it hands out something to pay with");
  if (outcome.channel_code.empty()) findings.add(asked + ": it does not say why (channel_code)");
}

void stays_unknown(Subject& subject, Findings& findings) {
  for (const auto& asked : all_operations(subject))
    for (const auto& fault : faults()) {
      const auto walk =
          subject.walk(asked.input, [&](const sdk::Request&) { return fault.response; });
      check_outcome(asked.name + ", answered by " + fault.name, walk, findings);
    }
}

void check_request(const std::string& asked, const sdk::Request& request, Subject& subject,
                   Findings& findings) {
  if (auto why = channel::forbidden(request)) findings.add(asked + ": " + *why);
  if (!request.url.starts_with(subject.given().gateway))
    findings.add(asked + ": it asks another host than the gateway");
  for (const auto& header : request.headers)
    if (net::equal_ignoring_case(header.name, "Authorization") && !header.secret)
      findings.add(asked + ": the header Authorization is not marked secret");
  const auto recorded = channel::Exchange::prepare(ExchangeId(1), request, {});
  for (const auto& secret : subject.secrets())
    if ((recorded.url + recorded.request_json).find(secret) != std::string::npos)
      findings.add(asked + ": a secret would be put on record");
}

void asks_decently(Subject& subject, Findings& findings) {
  const auto secrets = subject.secrets();
  for (const auto& asked : all_operations(subject)) {
    const auto walk = subject.walk(asked.input, [](const sdk::Request&) { return empty_answer(); });
    for (const auto& request : walk.requests) check_request(asked.name, request, subject, findings);
    const auto* outcome = std::get_if<sdk::Outcome>(&walk.end);
    for (const auto& secret : secrets)
      if (outcome && (outcome->material + outcome->channel_message + outcome->state).find(secret) !=
                         std::string::npos)
        findings.add(asked.name + ": a secret leaves in the outcome");
  }
}

void does_not_block(Subject& subject, Findings& findings) {
  const auto check = [&](const std::string& asked, const Walk& walk) {
    if (walk.slowest_ms >= blocking_ms)
      findings.add(asked + ": one step took " + std::to_string(walk.slowest_ms) + " ms");
  };
  const auto silence = [](const sdk::Request&) { return ClientResponse(); };
  for (const auto& asked : all_operations(subject))
    check(asked.name, subject.walk(asked.input, silence));
  for (const auto& [name, request] : unproven_notices())
    check(name, subject.walk(request, silence));
}

void knows_what_it_has(Subject& subject, Findings& findings) {
  const auto& capability = subject.plugin()->capabilities().front();
  for (const std::uint32_t kind : {0U, 9U, 4'000'000'000U}) {
    auto input = input_of(capability, OperationKind::pay);
    input.kind = static_cast<OperationKind>(kind);
    const auto walk = subject.walk(input, [](const sdk::Request&) { return ClientResponse(); });
    const auto* outcome = std::get_if<sdk::Outcome>(&walk.end);
    if (outcome && outcome->verdict != Verdict::unknown)
      findings.add("the operation " + std::to_string(kind) + ", which there is not, ends as " +
                   std::string(channel::to_string(outcome->verdict)));
  }
}

void check_notice(const std::string& name, const Walk& walk, Findings& findings) {
  if (const auto* broken = std::get_if<channel::Broken>(&walk.end))
    return findings.add(name + ": " + broken->what);
  const auto& verdict = std::get<sdk::CallbackVerdict>(walk.end);
  if (verdict.outcome.reason == sdk::Reason::plugin_exception)
    return findings.add(name + ": it throws: " + verdict.outcome.channel_message);
  if (verdict.authentic) findings.add(name + " is taken for genuine");
  if (verdict.applies) findings.add(name + " applies to an attempt");
  if (verdict.nack.status < 400) findings.add(name + " is not refused with a status from 400 on");
}

void believes_no_unproven_notice(Subject& subject, Findings& findings) {
  for (const auto& [name, request] : unproven_notices())
    for (const auto& fault : faults()) {
      const auto walk = subject.walk(request, [&](const sdk::Request&) { return fault.response; });
      check_notice(name, walk, findings);
      if (walk.requests.empty()) break;  // it asks nobody
    }
}

}  // namespace

const std::vector<Rule>& rules() {
  static const std::vector<Rule> list{
      {"it loads and speaks this server's ABI", false, loads},
      {"it says what it is, what it can do and what its settings are", false, describes_itself},
      {"sound settings make an account that names its receiver", true, names_its_receiver},
      {"wrong settings are refused by name, and no secret is shown (P9, P12)", true,
       refuses_wrong_settings},
      {"a gateway is https, or the own machine", true, refuses_wrong_gateways},
      {"an answer that says nothing of the trade never ends it as paid or failed (P2, P10)", true,
       stays_unknown},
      {"requests go to the gateway, and no secret goes on record or to the buyer (P9)", true,
       asks_decently},
      {"an operation that it does not have ends as unknown (P10)", true, knows_what_it_has},
      {"a notice that proves nothing is refused (P8, P12)", true, believes_no_unproven_notice},
      {"no step takes a second: others wait for it (P10)", true, does_not_block},
  };
  return list;
}

}  // namespace tollgate::conformance
