/* Never done. */
#include "stub.h"

static tg_request request;
static void give(tg_step* step) {
  request.struct_size = sizeof(request);
  request.method.data = "GET";
  request.method.size = 3;
  request.url = stub_url_span;
  step->send = &request;
}
STUB_ENTRY((void)0)
