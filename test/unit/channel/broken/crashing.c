/* A step kills the process that it runs in. */
#include <stdlib.h>

#include "stub.h"

static void give(tg_step* step) {
  (void)step;
  abort();
}
STUB_ENTRY((void)0)
