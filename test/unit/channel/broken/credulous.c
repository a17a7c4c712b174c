/* Believes everything: whatever it is asked is paid. */
#include "stub.h"

static tg_request request;
static tg_outcome outcome;
static int sent;
static void give(tg_step* step) {
  if (!sent) {
    request.struct_size = sizeof(request);
    request.method.data = "GET";
    request.method.size = 3;
    request.url = stub_url_span;
    step->send = &request;
  } else {
    outcome.struct_size = sizeof(outcome);
    outcome.verdict = TG_SUCCEEDED;
    step->outcome = &outcome;
  }
  sent = !sent;
}
STUB_ENTRY((void)0)
