/* A span that reaches past everything. */
#include "stub.h"

static tg_outcome outcome;
static void give(tg_step* step) {
  outcome.struct_size = sizeof(outcome);
  outcome.verdict = TG_SUCCEEDED;
  outcome.material.data = "x";
  outcome.material.size = (size_t)-1;
  step->outcome = &outcome;
}
STUB_ENTRY((void)0)
