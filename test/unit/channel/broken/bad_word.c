#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
STUB_ENTRY(made.channel.data = "../x"; made.channel.size = 4)
