#include "channel/handlers.hpp"

#include "base/log.hpp"
#include "channel/mask.hpp"
#include "channel/words.hpp"

namespace tollgate::channel {
namespace {

class MetricsHandler final : public OperationHandler {
 public:
  explicit MetricsHandler(Metrics& metrics) : metrics_(metrics) {}
  void after(const OperationView& view, Account&, const sdk::Outcome& outcome,
             std::int64_t) override {
    count(view, outcome.verdict);
  }
  void exception(const OperationView& view, Account&, const std::string&) override {
    count(view, sdk::Verdict::unknown);
  }

 private:
  void count(const OperationView& view, sdk::Verdict verdict) {
    const auto& channel = view.account.channel();
    const auto operation = to_string(view.kind);
    metrics_
        .counter("tollgate_channel_operations_total", "Channel operations by how they ended",
                 {{"channel", channel}, {"operation", operation}, {"verdict", to_string(verdict)}})
        .add();
    metrics_
        .histogram("tollgate_channel_operation_seconds", "Duration of channel operations",
                   {{"channel", channel}, {"operation", operation}})
        .observe_us(view.duration_ms * 1000);
  }
  Metrics& metrics_;
};

class AuditHandler final : public OperationHandler {
 public:
  void after(const OperationView& view, Account&, const sdk::Outcome& outcome,
             std::int64_t) override {
    line(view, to_string(outcome.verdict), to_string(outcome.reason), outcome.channel_code);
  }
  void exception(const OperationView& view, Account&, const std::string&) override {
    line(view, to_string(sdk::Verdict::unknown), to_string(sdk::Reason::plugin_exception), "");
  }

 private:
  static void line(const OperationView& view, std::string_view verdict, std::string_view reason,
                   const std::string& code) {
    log::info("channel.operation",
              {{"account", view.account.id()},
               {"op", to_string(view.kind)},
               {"pay_no", view.pay_no},
               {"refund_no", view.refund_no},
               {"verdict", verdict},
               {"reason", reason},
               {"channel_code", mask_text(code)},
               {"transport", view.transport ? to_string(*view.transport) : "none"},
               {"status", view.status},
               {"duration_ms", view.duration_ms}});
  }
};

class AlertHandler final : public OperationHandler {
 public:
  explicit AlertHandler(Metrics& metrics) : metrics_(metrics) {}
  void after(const OperationView& view, Account&, const sdk::Outcome& outcome,
             std::int64_t) override {
    if (outcome.reason == sdk::Reason::configuration || outcome.reason == sdk::Reason::unverified)
      alert(view, outcome.reason, outcome.channel_code, outcome.channel_message);
  }
  void exception(const OperationView& view, Account&, const std::string& what) override {
    alert(view, sdk::Reason::plugin_exception, "plugin_exception", what);
  }

 private:
  void alert(const OperationView& view, sdk::Reason reason, const std::string& code,
             const std::string& message) {
    metrics_
        .counter("tollgate_channel_alerts_total", "Channel operations that a human must look at",
                 {{"channel", view.account.channel()}, {"reason", to_string(reason)}})
        .add();
    log::error("channel.alert", {{"account", view.account.id()},
                                 {"op", to_string(view.kind)},
                                 {"pay_no", view.pay_no},
                                 {"reason", to_string(reason)},
                                 {"channel_code", mask_text(code)},
                                 {"message", mask_text(message)}});
  }
  Metrics& metrics_;
};

/// Operations that send nothing neither ask the breaker nor tell it anything; callbacks neither, so
/// that nobody can close an account by sending garbage.
class BreakerHandler final : public OperationHandler {
 public:
  std::optional<sdk::Outcome> before(const OperationView& view, Account& account) override {
    if (!view.sends || account.breaker().allow()) return std::nullopt;
    sdk::Outcome refused(sdk::Verdict::unknown);
    refused.channel_code = "breaker_open";
    refused.channel_message = "the account has kept failing; it is tried again shortly";
    return refused;
  }
  void after(const OperationView& view, Account& account, const sdk::Outcome& outcome,
             std::int64_t) override {
    if (!view.sends) return;
    const bool failed = view.transport != sdk::Transport::ok || view.status >= 500 ||
                        outcome.reason == sdk::Reason::unverified;
    if (failed)
      account.breaker().failure();
    else
      account.breaker().success();
  }
  void exception(const OperationView& view, Account& account, const std::string&) override {
    if (view.sends) account.breaker().failure();
  }
};

}  // namespace

void add_standard_handlers(Driver& driver, Metrics& metrics) {
  driver.add_handler(std::make_unique<MetricsHandler>(metrics));
  driver.add_handler(std::make_unique<AuditHandler>());
  driver.add_handler(std::make_unique<AlertHandler>(metrics));
  driver.add_handler(std::make_unique<BreakerHandler>());
}

}  // namespace tollgate::channel
