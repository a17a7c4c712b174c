/* A struct_size that ends in the middle of a pointer. */
#include "stub.h"

static tg_header header;
static tg_request request;
static void give(tg_step* step) {
  request.struct_size = offsetof(tg_request, headers) + sizeof(void*) / 2;
  request.header_count = 1;
  request.headers = &header;
  request.url = stub_url_span;
  step->send = &request;
}
STUB_ENTRY((void)0)
