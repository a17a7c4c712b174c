#include "stub.h"

static tg_header header;
static tg_request request;
static void give(tg_step* step) {
  request.struct_size = sizeof(request);
  request.header_count = 4000000000u;
  request.headers = &header;
  request.url = stub_url_span;
  step->send = &request;
}
STUB_ENTRY((void)0)
