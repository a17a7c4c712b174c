/* Neither sends nor is done. */
#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
STUB_ENTRY((void)0)
