/* A step ends the process as if all were well. */
#include <unistd.h>

#include "stub.h"

static void give(tg_step* step) {
  (void)step;
  _exit(0);
}
STUB_ENTRY((void)0)
