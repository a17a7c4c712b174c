#include "toy_plugin.hpp"

#include <array>
#include <utility>

namespace tollgate::test {
namespace {

using namespace tollgate::sdk;

class ToyOperation final : public Operation {
 public:
  Step start(std::int64_t) override { return toy().next(0, nullptr); }
  Step resume(const Response& response, std::int64_t) override {
    return toy().next(++exchange_, &response);
  }
  std::vector<BillLine> lines() override { return std::exchange(toy().lines, {}); }

 private:
  int exchange_ = 0;
};

class ToyCallback final : public CallbackOperation {
 public:
  explicit ToyCallback(CallbackInput input) : input_(std::move(input)) {}
  CallbackStep start(std::int64_t) override { return toy().next_of_callback(input_, nullptr); }
  CallbackStep resume(const Response& response, std::int64_t) override {
    return toy().next_of_callback(input_, &response);
  }

 private:
  CallbackInput input_;
};

class ToyChannel final : public Channel {
 public:
  explicit ToyChannel(ChannelConfig config) : entropy_(config.entropy) {
    toy().gateway = config.gateway;
    toy().settings = config.settings_json;
    if (config.settings_json.find("wrong") != std::string::npos)
      throw SettingError("key: it is the wrong one");
    random_ = entropy_.alphanumeric(8);
  }
  std::string_view receiver() const override { return "toy/1"; }
  std::unique_ptr<Operation> begin(OperationInput input) override {
    toy().inputs.push_back(std::move(input));
    return std::make_unique<ToyOperation>();
  }
  std::unique_ptr<CallbackOperation> begin_callback(CallbackInput input) override {
    return std::make_unique<ToyCallback>(std::move(input));
  }

 private:
  Entropy entropy_;
  std::string random_;
};

constexpr std::uint32_t every_component =
    TG_COMPONENT(TG_OP_PAY) | TG_COMPONENT(TG_OP_CAPTURE) | TG_COMPONENT(TG_OP_QUERY) |
    TG_COMPONENT(TG_OP_CLOSE) | TG_COMPONENT(TG_OP_REFUND) | TG_COMPONENT(TG_OP_QUERY_REFUND) |
    TG_COMPONENT(TG_OP_CALLBACK);
const std::array<Capability, 2> capabilities{
    Capability{"qr", "CNY,USD", "Toy QR", every_component, ActionType::qr, 0, 1'000'000},
    Capability{"link", "*", "Toy link",
               TG_COMPONENT(TG_OP_PAY) | TG_COMPONENT(TG_OP_QUERY) | TG_COMPONENT(TG_OP_FETCH_BILL),
               ActionType::redirect}};
const std::array<Setting, 1> settings{
    Setting{"key", TG_SETTING_REQUIRED | TG_SETTING_SECRET, "The toy's key."}};

std::unique_ptr<Channel> make(ChannelConfig config) {
  return std::make_unique<ToyChannel>(std::move(config));
}

const Descriptor& toy_descriptor() {
  static const Descriptor made{"toy", "1.2.3", "Toy", capabilities, settings, &make};
  return made;
}
const Descriptor& other_descriptor() {
  static const Descriptor made{"other", "1.2.3", "Other", capabilities, settings, &make};
  return made;
}

}  // namespace

Toy& toy() {
  static Toy made;
  return made;
}

std::shared_ptr<const channel::Plugin> toy_plugin() {
  return channel::Plugin::from_entry(&glue::plugin<toy_descriptor>, "toy").value();
}
std::shared_ptr<const channel::Plugin> other_plugin() {
  return channel::Plugin::from_entry(&glue::plugin<other_descriptor>, "other").value();
}

}  // namespace tollgate::test
