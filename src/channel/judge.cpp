#include <algorithm>

#include "base/log.hpp"
#include "channel/driver.hpp"
#include "channel/driver_impl.hpp"
#include "channel/exchange_store.hpp"
#include "channel/exchanger.hpp"
#include "channel/mask.hpp"
#include "channel/words.hpp"

namespace tollgate::channel {
namespace {

/// Channels wait about five seconds for the ACK.
constexpr std::int64_t callback_timeout_ms = 4'000;

/// Cannot be judged now: nothing is believed, and the channel comes back.
sdk::CallbackVerdict unavailable(sdk::Outcome why) {
  sdk::CallbackVerdict verdict;
  verdict.refusal = sdk::Refusal::unavailable;
  verdict.outcome = std::move(why);
  verdict.nack = {503, "", "text/plain"};
  return verdict;
}

sdk::CallbackVerdict settle(Step&& end) {
  if (auto* broken = std::get_if<Broken>(&end)) return unavailable(broken_outcome(broken->what));
  auto& told = std::get<sdk::CallbackVerdict>(end);
  if (told.outcome.reason == sdk::Reason::plugin_exception)
    return unavailable(broken_outcome(mask_text(told.outcome.channel_message)));
  return std::move(told);
}

std::string_view verdict_word(const sdk::CallbackVerdict& verdict) {
  return verdict.authentic ? "authentic" : to_string(verdict.refusal);
}

/// Losing the record must not change the verdict.
net::Awaitable<void> record(db::Database& database, const ExchangeOwner& owner,
                            const std::vector<Exchange>& exchanges, std::string_view word) {
  try {
    co_await database.write([&](db::Tx& tx) {
      for (const auto& exchange : exchanges)
        insert_exchange(tx, owner, exchange, &exchange == &exchanges.back() ? word : "continued");
      bound_callback_exchanges(tx, owner.account_id);
      return true;
    });
  } catch (const std::exception& e) {
    log::error("channel.exchange_not_recorded",
               {{"account", owner.account_id}, {"what", e.what()}});
  }
}

}  // namespace

boost::asio::awaitable<Judgement> Driver::judge(std::shared_ptr<Account> account,
                                                const net::Request& request) {
  auto& impl = *impl_;
  Judgement judgement;
  std::string what;
  const auto began_ms = impl.clock.steady_ms();
  Dialogue dialogue(account);
  Exchanger exchanger(dialogue, impl.client, impl.ids, impl.clock);
  try {
    auto first =
        dialogue.begin_callback(request, impl.options.callback_max_age_s, impl.clock.now());
    if (std::holds_alternative<sdk::CallbackVerdict>(first)) {  // nothing had to be asked for it
      judgement.verdict = settle(std::move(first));
    } else {
      const auto timeout_ms = std::min(callback_timeout_ms, impl.options.channel_timeout_ms);
      auto end = co_await exchanger.run(std::move(first), {timeout_ms, timeout_ms}, {});
      judgement.verdict = settle(std::move(end));
    }
  } catch (const std::exception& e) {
    judgement.verdict = unavailable(broken_outcome(e.what()));
  }
  const auto& verdict = judgement.verdict;
  judgement.receiver_matches = verdict.authentic && receiver_matches(*account, verdict.outcome);
  const ExchangeOwner owner{PayNo(), std::nullopt, account->id(), callback_kind};
  if (!exchanger.exchanges().empty())
    co_await record(impl.database, owner, exchanger.exchanges(), verdict_word(verdict));
  impl.metrics
      .counter("tollgate_channel_judgements_total", "Callbacks by what they were found to be",
               {{"channel", account->channel()}, {"verdict", verdict_word(verdict)}})
      .add();
  if (verdict.outcome.reason == sdk::Reason::plugin_exception) {
    OperationView view{*account, callback_kind, "", ""};
    view.duration_ms = impl.clock.steady_ms() - began_ms;
    impl.chain.exception(view, *account, verdict.outcome.channel_message);
  }
  co_return judgement;
}

}  // namespace tollgate::channel
