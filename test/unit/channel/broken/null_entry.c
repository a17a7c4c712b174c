#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
EXPORT const tg_plugin* TG_PLUGIN_ENTRY(void) {
  return (void)stub_plugin, (const tg_plugin*)0;
}
