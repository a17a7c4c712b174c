/* A plugin that is right in everything but what the including file redefines. */
#ifndef TOLLGATE_TEST_STUB_H
#define TOLLGATE_TEST_STUB_H

#include <string.h>

#include "tollgate/channel_abi.h"

#define SPAN(text) \
  { text, sizeof(text) - 1 }
#define EXPORT __attribute__((visibility("default")))

/* The URL of every request: the account's gateway. */
static char stub_url[256];
static tg_span stub_url_span;
static char stub_memory[8];

static inline tg_channel* stub_create(const tg_host* host, tg_span gateway, tg_span settings,
                                      tg_channel_info* info, char* error, size_t error_size) {
  (void)host, (void)settings, (void)error, (void)error_size;
  if (gateway.size < sizeof(stub_url)) memcpy(stub_url, gateway.data, gateway.size);
  stub_url_span.data = stub_url;
  stub_url_span.size = gateway.size;
  info->receiver.data = "stub";
  info->receiver.size = 4;
  return (tg_channel*)stub_memory;
}
static inline void stub_destroy(tg_channel* channel) {
  (void)channel;
}
static inline void stub_end(tg_operation* operation) {
  (void)operation;
}

/* Each plugin defines what its steps are. */
static void give(tg_step* step);

static inline tg_operation* stub_begin(tg_channel* channel, const tg_operation_input* input,
                                       int64_t now_ms, tg_step* first) {
  (void)channel, (void)input, (void)now_ms;
  give(first);
  return (tg_operation*)stub_memory;
}
static inline tg_operation* stub_begin_callback(tg_channel* channel, const tg_callback_input* input,
                                                int64_t now_ms, tg_step* first) {
  (void)channel, (void)input, (void)now_ms;
  give(first);
  return (tg_operation*)stub_memory;
}
static inline void stub_resume(tg_operation* operation, const tg_response* response, int64_t now_ms,
                               tg_step* next) {
  (void)operation, (void)response, (void)now_ms;
  give(next);
}

static const tg_capability stub_capability = {
    sizeof(tg_capability), TG_COMPONENT(TG_OP_PAY) | TG_COMPONENT(TG_OP_QUERY),
    TG_ACTION_QR,          0,
    SPAN("native"),        SPAN("CNY"),
    SPAN("Stub"),          0};

static inline tg_plugin stub_plugin(void) {
  tg_plugin p = {sizeof(tg_plugin),
                 TG_ABI_MAJOR,
                 TG_ABI_MINOR,
                 SPAN("stub"),
                 SPAN("1"),
                 SPAN("Stub"),
                 &stub_capability,
                 1,
                 0,
                 0,
                 stub_create,
                 stub_destroy,
                 stub_begin,
                 stub_begin_callback,
                 stub_resume,
                 stub_end};
  return p;
}

#define STUB_ENTRY(change)                        \
  EXPORT const tg_plugin* TG_PLUGIN_ENTRY(void) { \
    static tg_plugin made;                        \
    made = stub_plugin();                         \
    change;                                       \
    return &made;                                 \
  }

#endif
