/* Ends before its last functions, as a plugin of an older header would. */
#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
STUB_ENTRY(made.struct_size = offsetof(tg_plugin, resume))
