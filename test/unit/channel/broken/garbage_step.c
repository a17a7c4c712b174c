/* Both sends and is done. */
#include "stub.h"

static tg_request request;
static tg_outcome outcome;
static void give(tg_step* step) {
  request.struct_size = sizeof(request);
  outcome.struct_size = sizeof(outcome);
  step->send = &request;
  step->outcome = &outcome;
}
STUB_ENTRY((void)0)
