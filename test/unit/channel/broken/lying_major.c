/* The entry of major 1, a struct that says 3. */
#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
STUB_ENTRY(made.abi_major = 3)
