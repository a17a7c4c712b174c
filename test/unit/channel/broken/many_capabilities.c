/* A count that would be read far past the array. */
#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
STUB_ENTRY(made.capability_count = 1000000)
