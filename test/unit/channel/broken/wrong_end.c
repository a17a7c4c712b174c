/* An operation that ends with a callback's verdict, and a callback that ends with it, too:
 * authentic, but with an acknowledgement that no channel would take. */
#include "stub.h"

static tg_verdict verdict;
static void give(tg_step* step) {
  verdict.struct_size = sizeof(verdict);
  verdict.authentic = 1;
  verdict.ack_status = 42;
  step->verdict = &verdict;
}
STUB_ENTRY((void)0)
