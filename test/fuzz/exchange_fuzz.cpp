// The answers to every operation of every plugin. Input: row, wish, then the answers.
#include "channel_run.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollgate;
  fuzz::Input input(data, size);
  const fuzz::Stage stage(input.byte());
  const auto wishes = stage.counterpart().peer().wishes();
  const auto& wish = wishes[input.byte() % wishes.size()];

  fuzz::Trail trail;
  channel::Dialogue dialogue(stage.account());
  auto first = dialogue.begin(wish, fuzz::now);
  const auto end = stage.finish(dialogue, std::move(first), input, trail);
  const auto& outcome = std::get<sdk::Outcome>(end);
  fuzz::check_outcome(outcome, trail, stage.counterpart());
  if (wish.kind != sdk::OperationKind::close && outcome.verdict == sdk::Verdict::succeeded)
    MUST(outcome.reason != sdk::Reason::closed);
  if (wish.kind == sdk::OperationKind::query && outcome.verdict == sdk::Verdict::succeeded)
    MUST(outcome.amount > 0);
  return 0;
}
