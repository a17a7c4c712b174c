/* Nothing is wrong with it but that other files claim the same channel. */
#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
STUB_ENTRY((void)0)
