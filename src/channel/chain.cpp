#include "channel/chain.hpp"

#include "base/log.hpp"

namespace tollgate::channel {
namespace {

template <class F>
void guarded(F f) noexcept {
  try {
    f();
  } catch (const std::exception& e) {
    log::error("channel.handler_failed", {{"what", e.what()}});
  } catch (...) {
    log::error("channel.handler_failed");
  }
}

}  // namespace

std::optional<sdk::Outcome> Chain::before(const OperationView& view, Account& account,
                                          std::size_t& entered) const {
  for (entered = 0; entered < handlers_.size(); ++entered) {
    std::optional<sdk::Outcome> refusal;
    guarded([&] { refusal = handlers_[entered]->before(view, account); });
    if (refusal) return refusal;
  }
  return std::nullopt;
}

void Chain::finish(const OperationView& view, Account& account, const sdk::Outcome& outcome,
                   std::size_t entered) const {
  const bool broken = outcome.reason == sdk::Reason::plugin_exception;
  for (std::size_t i = entered; i-- > 0;)
    guarded([&] {
      if (broken)
        handlers_[i]->exception(view, account, outcome.channel_message);
      else
        handlers_[i]->after(view, account, outcome, view.duration_ms);
    });
}

void Chain::exception(const OperationView& view, Account& account, const std::string& what) const {
  for (std::size_t i = handlers_.size(); i-- > 0;)
    guarded([&] { handlers_[i]->exception(view, account, what); });
}

}  // namespace tollgate::channel
