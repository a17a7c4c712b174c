#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
STUB_ENTRY(made.resume = 0)
