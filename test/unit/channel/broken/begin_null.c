#include "stub.h"

static void give(tg_step* step) {
  (void)step;
}
static tg_operation* nothing(tg_channel* channel, const tg_operation_input* input, int64_t now_ms,
                             tg_step* first) {
  (void)channel, (void)input, (void)now_ms, (void)first;
  return 0;
}
static tg_operation* nothing_callback(tg_channel* channel, const tg_callback_input* input,
                                      int64_t now_ms, tg_step* first) {
  (void)channel, (void)input, (void)now_ms, (void)first;
  return 0;
}
STUB_ENTRY(made.begin = nothing; made.begin_callback = nothing_callback)
