// The rules that every channel plugin keeps, in both of its forms. Add a plugin in subjects.cpp.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "subject.hpp"
#include "wechat_peer.hpp"

namespace tollgate::test {
namespace {

using sdk::ActionType;
using sdk::OperationKind;
using sdk::Response;
using sdk::Transport;
using sdk::Verdict;

constexpr std::int64_t now_ms = WechatPeer::now_ms;
constexpr int max_sends = 8;

/// Calls `each` for every plugin, form and way of configuring it.
template <class Each>
void for_all(Each each) {
  for (const auto& subject : subjects())
    for (const auto& form : subject.forms)
      for (std::size_t i = 0; i < subject.peers.size(); ++i) {
        CAPTURE(subject.channel, form.name, i);
        const auto peer = subject.peers[i]();
        each(*form.plugin, *peer);
      }
}

/// As the host does: in pieces where the plugin wants them.
void hand_over(Run& run, const Response& response) {
  constexpr std::size_t piece_bytes = 1000;
  if (run.request().stream)
    run.resume_in_pieces(response, piece_bytes, now_ms);
  else
    run.resume(response, now_ms);
}

/// Answers honestly until the plugin is done.
void finish(Run& run, Peer& peer) {
  for (int sends = 0; run.sending(); ++sends) {
    REQUIRE(sends < max_sends);
    hand_over(run, peer.answer(run.request(), now_ms));
  }
}

Fault replaced(std::string name, int status, std::string body) {
  return {std::move(name), [=](Response r) {
            r.status = status;
            r.body = body;
            return r;
          }};
}

std::vector<Fault> faults_of(const Peer& peer) {
  std::vector<Fault> faults = peer.proof_faults();
  for (auto& fault : faults) fault.of_proof = true;
  for (const auto transport : {Transport::not_sent, Transport::maybe_sent})
    faults.push_back({"transport " + std::to_string(static_cast<int>(transport)), [=](Response) {
                        Response none;
                        none.transport = transport;
                        return none;
                      }});
  for (const int status : {202, 301, 500, 502, 503})
    faults.push_back({"status " + std::to_string(status), [=](Response r) {
                        r.status = status;
                        return r;
                      }});
  faults.push_back(replaced("an empty 500", 500, ""));
  faults.push_back(replaced("a proxy's page", 502, "<html><body>Bad Gateway</body></html>"));
  faults.push_back(replaced("a proxy's refusal", 403, "<html><body>Forbidden</body></html>"));
  faults.push_back(replaced("garbage", 200, std::string("\0\xff{[", 4)));
  faults.push_back(replaced("an empty body where one is due", 200, ""));
  faults.push_back(replaced("another JSON", 200, "[]"));
  faults.push_back(replaced("a deep JSON", 200, std::string(100'000, '[')));
  faults.push_back(replaced("a huge body", 200, std::string(2 * 1024 * 1024, 'x')));
  faults.push_back({"a truncated body", [](Response r) {
                      if (r.body.empty())
                        r.body = "x";
                      else
                        r.body.resize(r.body.size() / 2);
                      return r;
                    }});
  return faults;
}

std::uint64_t seed() {
  const char* const given = std::getenv("TOLLGATE_SEED");
  return given ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

}  // namespace

TEST_CASE("a plugin says what it is and what it can do", "[channel]") {
  for (const auto& subject : subjects()) {
    for (const auto& form : subject.forms) {
      CAPTURE(subject.channel, form.name);
      const tg_plugin& p = *form.plugin;
      CHECK(p.struct_size == sizeof(tg_plugin));
      CHECK(p.abi_major == TG_ABI_MAJOR);
      CHECK(std::string(p.channel.data, p.channel.size) == subject.channel);
      CHECK(p.version.size > 0);
      CHECK(p.title.size > 0);
      REQUIRE(p.capability_count > 0);
      for (std::size_t i = 0; i < p.capability_count; ++i) {
        const tg_capability& c = p.capabilities[i];
        CHECK(c.struct_size == sizeof(tg_capability));
        CHECK(c.method.size > 0);
        CHECK(c.currencies.size > 0);
        CHECK((c.components & TG_COMPONENT(TG_OP_PAY)) != 0);
        CHECK((c.components & TG_COMPONENT(TG_OP_QUERY)) != 0);  // unknown must be answerable
        CHECK(c.action != TG_ACTION_NONE);
      }
      REQUIRE(p.setting_count > 0);
      for (std::size_t i = 0; i < p.setting_count; ++i) {
        CHECK(p.settings[i].struct_size == sizeof(tg_setting));
        CHECK(p.settings[i].name.size > 0);
        CHECK(p.settings[i].description.size > 0);
      }
    }
  }
}

TEST_CASE("sound settings make a channel that names its receiver", "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    const Made made(plugin, peer.gateway(), peer.settings_json());
    CHECK(made.receiver() == peer.receiver());
  });
}

TEST_CASE("an unknown setting and settings that are no object are refused by name", "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    std::string extra = peer.settings_json();
    extra.insert(1, R"("no_such_setting":"x",)");
    CHECK_THROWS_WITH(Made(plugin, peer.gateway(), extra), Catch::Contains("no_such_setting"));
    for (const auto* bad : {"", "[]", "null", "{", "{\"a\":{}}"})
      CHECK_THROWS_AS(Made(plugin, peer.gateway(), bad), sdk::SettingError);
  });
}

TEST_CASE("a gateway must be https unless it is the own machine", "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    for (const auto* good : {"http://127.0.0.1:9090", "http://localhost:1", "http://[::1]:80",
                             "https://example.com", "https://example.com:8443/prefix/"})
      CHECK_NOTHROW(Made(plugin, good, peer.settings_json()));
    for (const auto* bad :
         {"", "example.com", "ftp://example.com", "http://example.com", "https://", "https://a@b",
          "http://127.0.0.1@evil.com", "http://127.0.0.1.evil.com", "http://127.evil.com",
          "http://localhost.evil.com", "https://a?b", "https://a b", "https://a:0", "https://a:x"})
      CHECK_THROWS_WITH(Made(plugin, bad, peer.settings_json()), Catch::Contains("gateway"));
  });
}

TEST_CASE("honest answers carry every declared operation to its end", "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    const Made made(plugin, peer.gateway(), peer.settings_json());
    std::set<std::string> paid_methods;
    for (const auto& wish : peer.wishes()) {
      CAPTURE(wish.method, static_cast<int>(wish.kind));
      Run run(made, wish, now_ms);
      finish(run, peer);
      const auto& outcome = run.outcome();
      CAPTURE(outcome.channel_code, outcome.channel_message);
      if (wish.kind == OperationKind::pay) {
        paid_methods.insert(wish.method);
        CHECK(outcome.verdict == Verdict::pending);
        CHECK(outcome.action != ActionType::none);
        CHECK(!outcome.material.empty());
        CHECK(outcome.material_expires_ms > now_ms);
        CHECK(outcome.material_expires_ms <= wish.expires_ms);
      } else {
        CHECK(outcome.verdict == Verdict::succeeded);
      }
      CHECK(run.lines().empty() == (wish.kind != OperationKind::fetch_bill));
      if (wish.kind == OperationKind::query) {
        CHECK(outcome.amount == wish.amount);
        CHECK(outcome.currency == wish.currency);
        CHECK(outcome.pay_no == wish.pay_no);
        CHECK(outcome.receiver == made.receiver());
        CHECK(!outcome.channel_trade_no.empty());
        CHECK(outcome.time_ms > 0);
      }
    }
    CHECK(paid_methods.size() == plugin.capability_count);
  });
}

TEST_CASE("whatever goes wrong at whichever step, nothing ends as paid or as failed (P2, P10)",
          "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    const std::string settings = peer.settings_json();
    for (const auto& fault : faults_of(peer)) {
      for (const auto& wish : peer.wishes()) {
        for (int at = 0; at < max_sends; ++at) {
          CAPTURE(fault.name, wish.method, static_cast<int>(wish.kind), at);
          const Made made(plugin, peer.gateway(), settings);
          Run run(made, wish, now_ms);
          int sends = 0;
          bool harmed = false;
          for (; run.sending(); ++sends) {
            REQUIRE(sends < max_sends);
            const bool here = sends == at && (!fault.of_proof || peer.proves(run.request()));
            const Response honest = peer.answer(run.request(), now_ms);
            harmed = harmed || here;
            hand_over(run, here ? fault.apply(honest) : honest);
          }
          if (sends <= at) break;  // it has not so many steps
          if (!harmed) continue;
          const auto& outcome = run.outcome();
          CHECK(outcome.verdict != Verdict::succeeded);
          CHECK(outcome.verdict != Verdict::failed);
          CHECK(outcome.material.empty());
          CHECK(outcome.reason != sdk::Reason::plugin_exception);
          CHECK(!outcome.channel_code.empty());
        }
      }
    }
  });
}

TEST_CASE("an operation that is not declared ends as unknown, not in a crash (P10)", "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    const Made made(plugin, peer.gateway(), peer.settings_json());
    for (const std::uint32_t kind : {0U, 8U, 9U, 4'000'000'000U}) {
      sdk::OperationInput wish = peer.wishes().front();
      wish.kind = static_cast<OperationKind>(kind);
      CHECK(Run(made, wish, now_ms).outcome().verdict == Verdict::unknown);
    }
  });
}

TEST_CASE("credentials travel in headers that are marked secret (P9)", "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    const Made made(plugin, peer.gateway(), peer.settings_json());
    for (const auto& wish : peer.wishes()) {
      const Run run(made, wish, now_ms);
      if (!run.sending()) continue;  // some ways of paying are signed and handed out at once
      for (const auto& h : run.request().headers)
        if (h.name == "Authorization") CHECK(h.secret);
      const std::string rest = run.request().url.substr(peer.gateway().size());
      CHECK(run.request().url.starts_with(peer.gateway()));
      CHECK((rest.starts_with("/") || rest.starts_with("?")));
    }
  });
}

TEST_CASE("a genuine notice is authentic and tells all that the host compares (P2)", "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    const Made made(plugin, peer.gateway(), peer.settings_json());
    Run run(made, peer.notice(now_ms), now_ms);
    finish(run, peer);
    const auto& verdict = run.verdict();
    REQUIRE(verdict.authentic);
    CHECK(verdict.refusal == sdk::Refusal::none);
    CHECK(verdict.applies);
    CHECK(verdict.kind == OperationKind::pay);
    CHECK(!verdict.event_id.empty());
    CHECK(verdict.outcome.verdict == Verdict::succeeded);
    CHECK(verdict.outcome.pay_no == peer.wishes().front().pay_no);
    CHECK(verdict.outcome.amount == peer.wishes().front().amount);
    CHECK(verdict.outcome.currency == peer.wishes().front().currency);
    CHECK(verdict.outcome.receiver == made.receiver());
    CHECK(verdict.ack.status / 100 == 2);
  });
}

TEST_CASE("repeats of one notice carry one event id (P6)", "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    const Made made(plugin, peer.gateway(), peer.settings_json());
    std::set<std::string> ids;
    for (int i = 0; i < 3; ++i) {
      Run run(made, peer.notice(now_ms + i * 15'000), now_ms + i * 15'000);
      finish(run, peer);
      REQUIRE(run.verdict().authentic);
      ids.insert(run.verdict().event_id);
    }
    CHECK(ids.size() == 1);
  });
}

TEST_CASE("a notice that another key proves is refused (P8)", "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    const Made made(plugin, peer.gateway(), peer.settings_json());
    Run run(made, peer.forged_notice(now_ms), now_ms);
    finish(run, peer);
    CHECK_FALSE(run.verdict().authentic);
    CHECK_FALSE(run.verdict().applies);
    CHECK(run.verdict().nack.status >= 400);
  });
}

TEST_CASE("a notice with any proving header missing, empty or altered is refused (P8)",
          "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    const Made made(plugin, peer.gateway(), peer.settings_json());
    for (const auto& name : peer.proof_headers()) {
      const sdk::CallbackInput genuine = peer.notice(now_ms);
      const std::string value = genuine.headers.at(name);
      std::vector<sdk::CallbackInput> altered(5, genuine);
      altered[0].headers.erase(name);
      altered[1].headers[name] = "";
      altered[2].headers[name] = value + "0";
      altered[3].headers[name] = value.substr(0, value.size() - 1);
      altered[4].headers[name][0] ^= 1;
      for (std::size_t i = 0; i < altered.size(); ++i) {
        CAPTURE(name, i);
        Run run(made, altered[i], now_ms);
        finish(run, peer);
        CHECK_FALSE(run.verdict().authentic);
        CHECK(run.verdict().refusal != sdk::Refusal::none);
        CHECK(run.verdict().nack.status >= 400);
      }
    }
  });
}

TEST_CASE("a notice with any byte of its body altered, cut or added is refused (P8)", "[channel]") {
  for_all([](const tg_plugin& plugin, Peer& peer) {
    const Made made(plugin, peer.gateway(), peer.settings_json());
    const sdk::CallbackInput genuine = peer.notice(now_ms);
    const auto refused = [&](std::string body) {
      sdk::CallbackInput altered = genuine;
      altered.body = std::move(body);
      Run run(made, altered, now_ms);
      finish(run, peer);
      return !run.verdict().authentic && !run.verdict().applies;
    };
    for (std::size_t at = 0; at < genuine.body.size(); ++at) {
      std::string body = genuine.body;
      body[at] ^= 1;
      if (!refused(body)) FAIL("altered at " << at);
    }
    for (const std::size_t size :
         {std::size_t(0), std::size_t(1), genuine.body.size() / 2, genuine.body.size() - 1})
      CHECK(refused(genuine.body.substr(0, size)));
    CHECK(refused(genuine.body + " "));
    CHECK(refused(genuine.body + std::string(2 * 1024 * 1024, ' ')));
    CHECK(refused(std::string(1'000'000, '[')));
  });
}

TEST_CASE("a thousand random alterations of a notice are all refused (P8, P12)", "[channel]") {
  const std::uint64_t used = seed();
  INFO("TOLLGATE_SEED=" << used);
  std::mt19937_64 random(used);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  for_all([&](const tg_plugin& plugin, Peer& peer) {
    const Made made(plugin, peer.gateway(), peer.settings_json());
    const auto names = peer.proof_headers();
    const sdk::CallbackInput genuine = peer.notice(now_ms);
    for (int round = 0; round < 1000; ++round) {
      sdk::CallbackInput altered = genuine;
      std::string* text = &altered.body;
      if (!names.empty() && below(2) == 0)
        text = &altered.headers[*std::next(names.begin(), below(names.size()))];
      const std::string before = *text;
      for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
        const std::size_t at = text->empty() ? 0 : below(text->size());
        const char byte = static_cast<char>(below(256));
        if (below(3) == 0)
          text->insert(at, 1, byte);
        else if (below(2) == 0)
          text->erase(at, 1 + below(8));
        else if (!text->empty())
          (*text)[at] = byte;
      }
      if (*text == before || peer.same_notice(genuine, altered)) continue;
      Run run(made, altered, now_ms);
      finish(run, peer);
      if (run.verdict().authentic || run.verdict().outcome.verdict == Verdict::succeeded)
        FAIL("round " << round << " passed");
      if (run.verdict().outcome.reason == sdk::Reason::plugin_exception)
        FAIL("round " << round << " threw: " << run.verdict().outcome.channel_message);
    }
  });
}

}  // namespace tollgate::test
