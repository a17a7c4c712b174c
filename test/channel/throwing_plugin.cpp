// A plugin that throws wherever its settings say: the glue must let nothing across.
#include "tollgate/channel.hpp"

namespace {

using namespace tollgate::sdk;

[[noreturn]] void blow(const std::string& how) {
  if (how == "int") throw 7;
  throw std::runtime_error("boom");
}

struct Plan {
  std::string where, how;
  void pass(std::string_view place) const {
    if (place == where) blow(how);
  }
};

class ThrowingOperation final : public Operation {
 public:
  explicit ThrowingOperation(Plan plan) : plan_(std::move(plan)) {}
  Step start(std::int64_t) override {
    plan_.pass("start");
    return Request{};
  }
  Step resume(const Response&, std::int64_t) override {
    plan_.pass("resume");
    return Outcome(Verdict::succeeded);
  }

 private:
  Plan plan_;
};

class ThrowingCallback final : public CallbackOperation {
 public:
  explicit ThrowingCallback(Plan plan) : plan_(std::move(plan)) {}
  CallbackStep start(std::int64_t) override {
    plan_.pass("callback_start");
    return Request{};
  }
  CallbackStep resume(const Response&, std::int64_t) override {
    plan_.pass("callback_resume");
    return CallbackVerdict{};
  }

 private:
  Plan plan_;
};

class ThrowingChannel final : public Channel {
 public:
  explicit ThrowingChannel(Plan plan) : plan_(std::move(plan)) {}
  std::string_view receiver() const override { return "nobody"; }
  std::unique_ptr<Operation> begin(OperationInput) override {
    plan_.pass("begin");
    if (plan_.where == "begin_null") return nullptr;
    return std::make_unique<ThrowingOperation>(plan_);
  }
  std::unique_ptr<CallbackOperation> begin_callback(CallbackInput) override {
    plan_.pass("begin_callback");
    if (plan_.where == "begin_null") return nullptr;
    return std::make_unique<ThrowingCallback>(plan_);
  }

 private:
  Plan plan_;
};

/// The settings are "<where>:<how>", no JSON.
std::unique_ptr<Channel> make(ChannelConfig config) {
  const auto colon = config.settings_json.find(':');
  Plan plan{config.settings_json.substr(0, colon), config.settings_json.substr(colon + 1)};
  plan.pass("create");
  return std::make_unique<ThrowingChannel>(std::move(plan));
}

const Descriptor& describe() {
  static constexpr Capability capabilities[] = {
      {"any", "*", "Throwing", TG_COMPONENT(TG_OP_PAY), ActionType::qr}};
  static const Descriptor descriptor{"throwing", "0", "Throwing", capabilities, {}, &make};
  return descriptor;
}

}  // namespace

TOLLGATE_CHANNEL_PLUGIN(describe)
