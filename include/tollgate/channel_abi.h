/*
 * The boundary between the server and a channel plugin: C11, no dependency but the standard
 * headers. Authors use the C++ SDK over it (tollgate/channel.hpp); this file is what both sides
 * agree on.
 *
 * Versions   The entry symbol carries the major version. A plugin of another major is refused. A
 * minor adds fields at the end of a struct; each struct begins with its size, and a reader takes
 * what lies beyond the size it was given as zero. tg_span and tg_header never change within a major
 * (they stand in arrays). Ownership  Whatever a plugin hands out lives until the next call on the
 * same handle; whatever the host hands in lives for the call. Threads    Different operations of
 * one channel may run at the same time on different threads; one operation is used by one thread at
 * a time. A channel must be safe for that. Exceptions Never cross. A plugin does no I/O, starts no
 * thread and keeps no global state.
 */
#ifndef TOLLGATE_CHANNEL_ABI_H
#define TOLLGATE_CHANNEL_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TG_ABI_MAJOR 1
#define TG_ABI_MINOR 1

/* Borrowed bytes, not NUL-terminated. data may be NULL where size is 0. Text is UTF-8. */
typedef struct tg_span {
  const char* data;
  size_t size;
} tg_span;

/* One header field. A secret value is never logged nor stored. */
typedef struct tg_header {
  tg_span name;
  tg_span value;
  uint32_t secret;   /* 0 or 1 */
  uint32_t reserved; /* 0 */
} tg_header;

/* ---- what a plugin can do, as data -------------------------------------------------------------
 */

/* Operations; the components of the design. */
enum {
  TG_OP_PAY = 1,
  TG_OP_CAPTURE = 2,
  TG_OP_QUERY = 3,
  TG_OP_CLOSE = 4,
  TG_OP_REFUND = 5,
  TG_OP_QUERY_REFUND = 6,
  TG_OP_FETCH_BILL = 7,
  TG_OP_CALLBACK = 8
};
#define TG_COMPONENT(op) (1u << (op))

/* What the buyer gets to pay with. */
enum {
  TG_ACTION_NONE = 0,
  TG_ACTION_QR = 1,        /* material: the text of the code */
  TG_ACTION_REDIRECT = 2,  /* material: an absolute URL */
  TG_ACTION_FORM = 3,      /* material: HTML of a form that posts itself */
  TG_ACTION_JSAPI = 4,     /* material: a JSON object of the bridge's parameters */
  TG_ACTION_APP = 5,       /* material: a JSON object of the app SDK's parameters */
  TG_ACTION_APP_STRING = 6 /* material: the app SDK's order string */
};

/* Which input a method needs beyond the order (bits). */
enum { TG_NEEDS_OPENID = 1u, TG_NEEDS_CLIENT_IP = 2u, TG_NEEDS_RETURN_URL = 4u };

/* One method of paying and what is offered for it. */
typedef struct tg_capability {
  uint32_t struct_size;
  uint32_t components; /* TG_COMPONENT bits */
  uint32_t action;     /* TG_ACTION_ that pay answers with */
  uint32_t needs;      /* TG_NEEDS_ bits */
  tg_span method;      /* "native" */
  tg_span currencies;  /* "CNY,USD", or "*" for all */
  tg_span title;       /* for the cashier page: "WeChat Pay" */
  int64_t amount_max;  /* minor units, 0 = no limit */
} tg_capability;

/* Kinds of settings (bits). The host reads files and hands their contents in under the same name.
 */
enum { TG_SETTING_REQUIRED = 1u, TG_SETTING_SECRET = 2u, TG_SETTING_FILE = 4u };

typedef struct tg_setting {
  uint32_t struct_size;
  uint32_t flags;
  tg_span name;
  tg_span description; /* one sentence, in English */
} tg_setting;

/* ---- one operation -----------------------------------------------------------------------------
 */

/* What the host wants done. Fields that do not apply are empty or 0. */
typedef struct tg_operation_input {
  uint32_t struct_size;
  uint32_t operation; /* TG_OP_ */
  tg_span method;
  tg_span pay_no; /* our number of the attempt, the channel's out_trade_no */
  tg_span refund_no;
  tg_span channel_trade_no;  /* where known */
  tg_span channel_refund_no; /* where known */
  int64_t amount;            /* minor units: of the payment, or of this refund */
  int64_t total;             /* minor units: of the payment, for a refund */
  tg_span currency;
  tg_span description;
  tg_span notify_url; /* no query string */
  tg_span return_url;
  tg_span cancel_url;
  tg_span client_ip;
  tg_span openid;
  tg_span reason;     /* of a refund */
  tg_span bill_date;  /* YYYY-MM-DD in the channel's time zone */
  tg_span state;      /* what pay left in tg_outcome.state for later operations */
  int64_t created_ms; /* of the attempt, Unix time */
  int64_t expires_ms; /* last moment to pay, Unix time */
  tg_span bill_type;  /* TG_OP_FETCH_BILL: "trade" or "fund" */
} tg_operation_input;

/* A callback as it came. Header names in lower case. */
typedef struct tg_callback_input {
  uint32_t struct_size;
  uint32_t header_count;
  tg_span method;
  tg_span path;
  tg_span query;
  tg_span body;
  const tg_header* headers;
  int64_t max_age_s; /* how old a signed time may be, either way */
} tg_callback_input;

/* A request for the host to send. */
typedef struct tg_request {
  uint32_t struct_size;
  uint32_t header_count;
  tg_span method;
  tg_span url; /* absolute */
  tg_span body;
  tg_span recorded_body; /* what may be stored in place of a body with secrets; empty: the body */
  const tg_header* headers;
  uint32_t resend_safe; /* 1: sending it twice has the effect of once */
  uint32_t timeout_ms;  /* 0: the host's */
  uint32_t stream;      /* 1: a 2xx answer comes in pieces (TG_OP_FETCH_BILL only) */
  uint32_t reserved;    /* 0 */
} tg_request;

/* How sending ended. */
enum {
  TG_SENT_OK = 0,   /* a complete response */
  TG_SENT_NOT = 1,  /* surely not received */
  TG_SENT_MAYBE = 2 /* may have been received and acted on */
};

typedef struct tg_response {
  uint32_t struct_size;
  uint32_t transport; /* TG_SENT_ */
  int32_t status;     /* HTTP status, 0 where there is none */
  uint32_t header_count;
  const tg_header* headers; /* names in lower case */
  tg_span body;             /* of a streamed answer: the next piece, as it came */
  uint32_t more;            /* 1: more of it may come; 0: this is its end */
  uint32_t reserved;        /* 0 */
} tg_response;

/* How an operation ended. unknown is zero, so that a plugin which forgets to say is asked again. */
enum {
  TG_UNKNOWN = 0,   /* nobody knows: query later */
  TG_PENDING = 1,   /* accepted or open, not final */
  TG_SUCCEEDED = 2, /* pay and query: paid. close: closed. refund: refunded */
  TG_FAILED = 3,    /* final */
  TG_RETRY = 4      /* nothing happened: the same again later */
};
/* Why, where the host acts on it. */
enum {
  TG_REASON_NONE = 0,
  TG_REASON_CLOSED = 1,        /* the trade is closed at the channel, unpaid */
  TG_REASON_NOT_FOUND = 2,     /* the channel knows no such trade (yet) */
  TG_REASON_ALREADY_PAID = 3,  /* close or pay: it is paid; query it */
  TG_REASON_FREQUENCY = 4,     /* asked too often */
  TG_REASON_BALANCE = 5,       /* refund: the merchant's balance is short */
  TG_REASON_REJECTED = 6,      /* the channel refuses the request as it is */
  TG_REASON_CONFIGURATION = 7, /* keys, numbers or rights of the account are wrong: alert */
  TG_REASON_UNVERIFIED = 8,    /* the answer's signature does not hold */
  TG_REASON_PLUGIN_EXCEPTION = 9,
  TG_REASON_AUTHORISED = 10 /* the buyer approved; capture it (PayPal) */
};

typedef struct tg_outcome {
  uint32_t struct_size;
  uint32_t verdict;            /* TG_UNKNOWN … */
  uint32_t reason;             /* TG_REASON_ */
  uint32_t action;             /* TG_ACTION_ of pay */
  tg_span material;            /* of the action */
  int64_t material_expires_ms; /* 0: not told */
  tg_span pay_no;              /* as the channel says it; empty where it does not */
  tg_span refund_no;
  tg_span channel_trade_no;
  tg_span channel_refund_no;
  int64_t amount;        /* minor units; -1: not told */
  int64_t refund_amount; /* minor units of this refund; -1: not told */
  tg_span currency;
  int64_t time_ms;         /* of the payment or refund at the channel; 0: not told */
  tg_span receiver;        /* who got the money, in the form of tg_channel_info.receiver */
  tg_span channel_code;    /* verbatim */
  tg_span channel_message; /* verbatim */
  tg_span state;           /* kept by the host and handed to later operations of this attempt */
  int64_t retry_after_s;   /* with TG_RETRY; 0: not told */
} tg_outcome;

/* What a callback is. authentic is 0 unless the plugin proved the signature. */
typedef struct tg_verdict {
  uint32_t struct_size;
  uint32_t authentic; /* 0 or 1 */
  uint32_t kind;      /* TG_OP_PAY, TG_OP_REFUND: what outcome is about; 0: nothing to apply */
  uint32_t refusal;   /* TG_REFUSED_ where not authentic */
  tg_span event_id;   /* unique per notice, equal over its repeats */
  tg_span event_type; /* the channel's word */
  const tg_outcome* outcome;
  int32_t ack_status;  /* answered once the notice is durable, and for duplicates */
  int32_t nack_status; /* answered where it is not authentic */
  tg_span ack_body;
  tg_span ack_content_type;
  tg_span nack_body;
  tg_span nack_content_type;
} tg_verdict;

enum {
  TG_REFUSED_NONE = 0,
  TG_REFUSED_MALFORMED = 1,
  TG_REFUSED_MISSING_HEADER = 2,
  TG_REFUSED_STALE = 3,
  TG_REFUSED_UNKNOWN_SERIAL = 4,
  TG_REFUSED_SIGNATURE_MISMATCH = 5,
  TG_REFUSED_DECRYPTION = 6,
  TG_REFUSED_UNAVAILABLE = 7 /* cannot be judged now (keys could not be fetched): 503 */
};

/* What a line of a bill tells of. */
enum {
  TG_LINE_PAYMENT = 1,
  TG_LINE_REFUND = 2,
  TG_LINE_FEE = 3,  /* a fee on a line of its own */
  TG_LINE_OTHER = 4 /* withdrawals, corrections: counted, not matched */
};

/* One line of a bill. In an array each begins struct_size of the first after the one before. */
typedef struct tg_bill_line {
  uint32_t struct_size;
  uint32_t kind;   /* TG_LINE_ */
  uint32_t status; /* TG_SUCCEEDED, TG_PENDING, TG_FAILED */
  uint32_t reserved;
  tg_span pay_no; /* as the channel says it; empty where it does not */
  tg_span refund_no;
  tg_span channel_trade_no;
  tg_span channel_refund_no;
  int64_t amount; /* minor units; of TG_LINE_OTHER and TG_LINE_FEE negative where it went out */
  int64_t fee;    /* minor units that the channel kept of it; negative where it gave them back */
  tg_span currency;
  int64_t time_ms;      /* Unix time at the channel; 0: not told */
  tg_span channel_kind; /* the channel's word for it, verbatim */
} tg_bill_line;

enum { TG_STEP_CONTINUE = 1u };

/* The next step: exactly one of send, done and TG_STEP_CONTINUE. done of a callback carries
 * verdict. TG_STEP_CONTINUE asks for the next piece of a streamed answer. Lines may come with any
 * step of TG_OP_FETCH_BILL, and count once it has succeeded. */
typedef struct tg_step {
  uint32_t struct_size;
  uint32_t flags; /* TG_STEP_ */
  const tg_request* send;
  const tg_outcome* outcome;
  const tg_verdict* verdict;
  const tg_bill_line* lines;
  size_t line_count; /* at most 100000 a step */
} tg_step;

/* ---- the functions -----------------------------------------------------------------------------
 */

typedef struct tg_channel tg_channel;     /* one account's component objects */
typedef struct tg_operation tg_operation; /* one operation under way */

/* What the host offers. Both functions are thread-safe and live as long as the process. */
typedef struct tg_host {
  uint32_t struct_size;
  uint32_t reserved;
  void* context;
  void (*fill_random)(void* context, unsigned char* out, size_t size);
} tg_host;

/* What a channel says of itself once it is made. */
typedef struct tg_channel_info {
  uint32_t struct_size;
  uint32_t reserved;
  tg_span
      receiver; /* who must have got the money, e.g. "mchid/appid"; lives as long as the channel */
  int64_t bill_utc_offset_s; /* of the time zone in which a day's bill begins and ends */
} tg_channel_info;

typedef struct tg_plugin {
  uint32_t struct_size;
  uint16_t abi_major;
  uint16_t abi_minor;
  tg_span channel; /* "wechat": the word in configuration and API */
  tg_span version; /* of the plugin */
  tg_span title;   /* "WeChat Pay" */
  const tg_capability* capabilities;
  size_t capability_count;
  const tg_setting* settings;
  size_t setting_count;

  /* Makes an account's channel from its gateway URL and settings (a JSON object of texts). NULL on
   * failure, with one sentence in error (NUL-terminated, no secret in it) that names the setting.
   */
  tg_channel* (*create)(const tg_host* host, tg_span gateway, tg_span settings_json,
                        tg_channel_info* info, char* error, size_t error_size);
  void (*destroy)(tg_channel* channel);
  /* Begins an operation and gives its first step. Never NULL unless memory is out. */
  tg_operation* (*begin)(tg_channel* channel, const tg_operation_input* input, int64_t now_ms,
                         tg_step* first);
  tg_operation* (*begin_callback)(tg_channel* channel, const tg_callback_input* input,
                                  int64_t now_ms, tg_step* first);
  /* Tells how sending ended and gives the next step. At most 8 sends; of TG_OP_FETCH_BILL 10000.
   */
  void (*resume)(tg_operation* operation, const tg_response* response, int64_t now_ms,
                 tg_step* next);
  void (*end)(tg_operation* operation);
} tg_plugin;

/* The one exported symbol. */
typedef const tg_plugin* (*tg_plugin_entry)(void);
#define TG_PLUGIN_ENTRY tollgate_channel_plugin_v1
#define TG_PLUGIN_ENTRY_NAME "tollgate_channel_plugin_v1"

#ifdef __cplusplus
}
#endif

#endif
