#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
static const tg_capability useless = {sizeof(tg_capability), 0,           TG_ACTION_QR, 0,
                                      SPAN("native"),        SPAN("CNY"), SPAN("Stub"), 0};
STUB_ENTRY(made.capabilities = &useless)
