/* A step never ends. */
#include <unistd.h>

#include "stub.h"

static void give(tg_step* step) {
  (void)step;
  for (;;) pause();
}
STUB_ENTRY((void)0)
