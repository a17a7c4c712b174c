/* Exports the entry of another major version alone. */
#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
EXPORT const tg_plugin* tollgate_channel_plugin_v2(void);
EXPORT const tg_plugin* tollgate_channel_plugin_v2(void) {
  static tg_plugin made;
  made = stub_plugin();
  return &made;
}
