#include "stub.h"

static tg_outcome outcome;
static void give(tg_step* step) {
  outcome.struct_size = sizeof(outcome);
  outcome.verdict = TG_SUCCEEDED;
  outcome.amount = -9900;
  step->outcome = &outcome;
}
STUB_ENTRY((void)0)
