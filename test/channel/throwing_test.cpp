#include <catch2/catch.hpp>

#include "rig.hpp"

extern "C" const tg_plugin* tollgate_channel_plugin_v1_throwing(void);

namespace tollgate::test {
namespace {

std::vector<const tg_plugin*> forms() {
  static const tg_plugin* const loaded = load_plugin(TOLLGATE_TEST_BROKEN_DIR "/throwing.so");
  return {tollgate_channel_plugin_v1_throwing(), loaded};
}

void check_thrown(const sdk::Outcome& outcome, const std::string& message) {
  CHECK(outcome.verdict == sdk::Verdict::unknown);
  CHECK(outcome.reason == sdk::Reason::plugin_exception);
  CHECK(outcome.channel_code == "plugin_exception");
  CHECK(outcome.channel_message == message);
}

}  // namespace

TEST_CASE("a throw in an operation is unknown, wherever it comes from (P10)", "[channel]") {
  for (const auto* plugin : forms()) {
    for (const auto& [how, message] : std::vector<std::pair<std::string, std::string>>{
             {"text", "boom"}, {"int", "unknown exception"}}) {
      for (const std::string where : {"begin", "start", "resume"}) {
        CAPTURE(where, how);
        const Made made(*plugin, "https://a", where + ":" + how);
        Run run(made, sdk::OperationInput{}, 0);
        if (run.sending()) run.resume(sdk::Response{}, 0);
        check_thrown(run.outcome(), message);
      }
    }
    const Made made(*plugin, "https://a", "begin_null:");
    check_thrown(Run(made, sdk::OperationInput{}, 0).outcome(), "there is no such operation");
  }
}

TEST_CASE("a throw while judging a callback refuses it as unavailable (P8, P10)", "[channel]") {
  for (const auto* plugin : forms()) {
    for (const std::string where : {"begin_callback", "callback_start", "callback_resume"}) {
      CAPTURE(where);
      const Made made(*plugin, "https://a", where + ":text");
      Run run(made, sdk::CallbackInput{}, 0);
      if (run.sending()) run.resume(sdk::Response{}, 0);
      const auto& verdict = run.verdict();
      CHECK_FALSE(verdict.authentic);
      CHECK_FALSE(verdict.applies);
      CHECK(verdict.refusal == sdk::Refusal::unavailable);
      CHECK(verdict.nack.status == 503);
      check_thrown(verdict.outcome, "boom");
    }
    const Made made(*plugin, "https://a", "begin_null:");
    CHECK_FALSE(Run(made, sdk::CallbackInput{}, 0).verdict().authentic);
  }
}

TEST_CASE("resuming what has ended in a throw is still unknown (P10)", "[channel]") {
  for (const auto* plugin : forms()) {
    const Made made(*plugin, "https://a", "begin:text");
    Run run(made, sdk::OperationInput{}, 0);
    run.resume(sdk::Response{}, 0);
    CHECK(run.outcome().verdict == sdk::Verdict::unknown);
  }
}

TEST_CASE("a throw while a channel is made becomes its sentence", "[channel]") {
  for (const auto* plugin : forms()) {
    CHECK_THROWS_WITH(Made(*plugin, "https://a", "create:text"), "boom");
    CHECK_THROWS_WITH(Made(*plugin, "https://a", "create:int"), Catch::Contains("without a text"));
  }
}

}  // namespace tollgate::test
