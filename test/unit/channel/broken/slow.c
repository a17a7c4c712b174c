/* The first step takes longer than others may be made to wait. */
#include <unistd.h>

#include "stub.h"

static tg_outcome outcome;
static int begun;
static void give(tg_step* step) {
  if (!begun++) usleep(1100 * 1000);
  outcome.struct_size = sizeof(outcome);
  step->outcome = &outcome;
}
STUB_ENTRY((void)0)
