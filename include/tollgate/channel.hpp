// The C++ SDK for channel plugins: standard library only. A plugin derives from Channel and
// Operation, declares its Descriptor and ends one source file with TOLLGATE_CHANNEL_PLUGIN.
//
// A plugin does no I/O. An operation is a step machine: start() and resume() either ask the host to
// send a request or end with an outcome; the host owns sockets, deadlines, retries and records.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tollgate/channel_abi.h"

namespace tollgate::sdk {

enum class OperationKind : std::uint32_t {
  pay = TG_OP_PAY,
  capture = TG_OP_CAPTURE,
  query = TG_OP_QUERY,
  close = TG_OP_CLOSE,
  refund = TG_OP_REFUND,
  query_refund = TG_OP_QUERY_REFUND,
  fetch_bill = TG_OP_FETCH_BILL,
};

enum class ActionType : std::uint32_t {
  none = TG_ACTION_NONE,
  qr = TG_ACTION_QR,
  redirect = TG_ACTION_REDIRECT,
  form = TG_ACTION_FORM,
  jsapi = TG_ACTION_JSAPI,
  app = TG_ACTION_APP,
  app_string = TG_ACTION_APP_STRING,
};

enum class Verdict : std::uint32_t {
  unknown = TG_UNKNOWN,
  pending = TG_PENDING,
  succeeded = TG_SUCCEEDED,
  failed = TG_FAILED,
  retry = TG_RETRY,
};

enum class Reason : std::uint32_t {
  none = TG_REASON_NONE,
  closed = TG_REASON_CLOSED,
  not_found = TG_REASON_NOT_FOUND,
  already_paid = TG_REASON_ALREADY_PAID,
  frequency = TG_REASON_FREQUENCY,
  balance = TG_REASON_BALANCE,
  rejected = TG_REASON_REJECTED,
  configuration = TG_REASON_CONFIGURATION,
  unverified = TG_REASON_UNVERIFIED,
  plugin_exception = TG_REASON_PLUGIN_EXCEPTION,
  authorised = TG_REASON_AUTHORISED,
};

enum class Refusal : std::uint32_t {
  none = TG_REFUSED_NONE,
  malformed = TG_REFUSED_MALFORMED,
  missing_header = TG_REFUSED_MISSING_HEADER,
  stale = TG_REFUSED_STALE,
  unknown_serial = TG_REFUSED_UNKNOWN_SERIAL,
  signature_mismatch = TG_REFUSED_SIGNATURE_MISMATCH,
  decryption = TG_REFUSED_DECRYPTION,
  unavailable = TG_REFUSED_UNAVAILABLE,
};

enum class BillLineKind : std::uint32_t {
  payment = TG_LINE_PAYMENT,
  refund = TG_LINE_REFUND,
  fee = TG_LINE_FEE,
  other = TG_LINE_OTHER,
};

enum class Transport : std::uint32_t {
  ok = TG_SENT_OK,
  not_sent = TG_SENT_NOT,
  maybe_sent = TG_SENT_MAYBE
};

struct Header {
  std::string name;
  std::string value;
  bool secret = false;
};

/// "Send this."
struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  std::string body;
  std::string recorded_body;  ///< Stored in place of the body where that holds secrets.
  bool resend_safe = false;
  std::uint32_t timeout_ms = 0;  ///< 0: the host's.
  bool stream = false;           ///< A 2xx answer comes in pieces (fetch_bill only).
};

/// How sending ended. Header names are in lower case. A streamed 2xx answer comes in several of
/// these, each with the next piece of the body; the last one has `more` false and may be empty.
struct Response {
  Transport transport = Transport::ok;
  int status = 0;
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;
  bool more = false;

  std::string_view header(std::string_view name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? std::string_view() : std::string_view(at->second);
  }
};

/// "The next piece of the streamed answer."
struct Continue {};

/// One line of a channel's bill, in our terms.
struct BillLine {
  BillLineKind kind = BillLineKind::other;
  Verdict status = Verdict::succeeded;
  std::string pay_no, refund_no, channel_trade_no, channel_refund_no;
  std::int64_t amount = 0;  ///< Minor units; negative only for fee and other, where it went out.
  std::int64_t fee = 0;     ///< What the channel kept of it; negative where it gave that back.
  std::string currency;
  std::int64_t time_ms = 0;  ///< 0: not told.
  std::string channel_kind;  ///< The channel's word, verbatim.
};

/// "Done, and this is how." An outcome that is not filled in says unknown.
struct Outcome {
  Verdict verdict = Verdict::unknown;
  Reason reason = Reason::none;
  ActionType action = ActionType::none;
  std::string material;
  std::int64_t material_expires_ms = 0;
  std::string pay_no, refund_no, channel_trade_no, channel_refund_no;
  std::int64_t amount = -1;         ///< Minor units; -1: the channel did not say.
  std::int64_t refund_amount = -1;  ///< Minor units; -1: the channel did not say.
  std::string currency;
  std::int64_t time_ms = 0;
  std::string receiver;
  std::string channel_code, channel_message;
  std::string state;
  std::int64_t retry_after_s = 0;

  Outcome() = default;
  explicit Outcome(Verdict v, Reason r = Reason::none) : verdict(v), reason(r) {}
};

struct Answer {
  int status = 500;
  std::string body;
  std::string content_type;
};

/// What a callback is. Nothing here passes by default.
struct CallbackVerdict {
  bool authentic = false;
  Refusal refusal = Refusal::malformed;
  OperationKind kind = OperationKind::pay;
  bool applies = false;  ///< False: authentic, but nothing for an attempt or refund.
  std::string event_id, event_type;
  Outcome outcome;
  Answer ack, nack;
};

/// Owned copies of tg_operation_input.
struct OperationInput {
  OperationKind kind = OperationKind::query;
  std::string method, pay_no, refund_no, channel_trade_no, channel_refund_no, currency, description,
      notify_url, return_url, cancel_url, client_ip, openid, reason, bill_date, bill_type, state;
  std::int64_t amount = 0, total = 0, created_ms = 0, expires_ms = 0;
};

struct CallbackInput {
  std::string method, path, query, body;
  std::map<std::string, std::string, std::less<>>
      headers;  ///< Names in lower case; the first of a name.
  std::int64_t max_age_s = 300;

  std::string_view header(std::string_view name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? std::string_view() : std::string_view(at->second);
  }
};

using Step = std::variant<Request, Outcome, Continue>;
using CallbackStep = std::variant<Request, CallbackVerdict>;

/// One operation under way; used by one thread at a time and only once.
class Operation {
 public:
  virtual ~Operation() = default;
  virtual Step start(std::int64_t now_ms) = 0;
  virtual Step resume(const Response& response, std::int64_t now_ms) = 0;
  /// The bill's lines that the step just taken has read; asked after each step, moved out. They
  /// count once the operation has succeeded.
  virtual std::vector<BillLine> lines() { return {}; }
};

class CallbackOperation {
 public:
  virtual ~CallbackOperation() = default;
  virtual CallbackStep start(std::int64_t now_ms) = 0;
  virtual CallbackStep resume(const Response& response, std::int64_t now_ms) = 0;
};

/// Cryptographic randomness from the host.
class Entropy {
 public:
  explicit Entropy(const tg_host* host) : host_(host) {}
  void fill(std::span<unsigned char> out) const {
    host_->fill_random(host_->context, out.data(), out.size());
  }
  /// [0-9A-Za-z], for nonces.
  std::string alphanumeric(std::size_t count) const {
    static constexpr char alphabet[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string text;
    while (text.size() < count) {
      unsigned char bytes[32];
      fill(bytes);
      for (const unsigned char byte : bytes)
        if (byte < 248 && text.size() < count) text += alphabet[byte % 62];
    }
    return text;
  }

 private:
  const tg_host* host_;
};

/// What an author throws from a Channel's constructor: one sentence naming the wrong setting, no
/// secret.
class SettingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a channel is made from.
struct ChannelConfig {
  std::string gateway;        ///< Without a slash at the end.
  std::string settings_json;  ///< A JSON object of texts; files already read.
  Entropy entropy;
};

/// One account of one channel. Thread-safe; immutable but for small caches (tokens, certificates).
class Channel {
 public:
  virtual ~Channel() = default;
  /// Who must have got the money; compared by the host with Outcome::receiver.
  virtual std::string_view receiver() const = 0;
  /// Seconds east of UTC where the day of a bill begins and ends.
  virtual std::int64_t bill_utc_offset_s() const { return 0; }
  virtual std::unique_ptr<Operation> begin(OperationInput input) = 0;
  virtual std::unique_ptr<CallbackOperation> begin_callback(CallbackInput input) = 0;
};

struct Capability {
  std::string_view method;
  std::string_view currencies;
  std::string_view title;
  std::uint32_t components;
  ActionType action;
  std::uint32_t needs = 0;
  std::int64_t amount_max = 0;
};

struct Setting {
  std::string_view name;
  std::uint32_t flags;
  std::string_view description;
};

struct Descriptor {
  std::string_view channel, version, title;
  std::span<const Capability> capabilities;
  std::span<const Setting> settings;
  std::unique_ptr<Channel> (*make)(ChannelConfig config);
};

}  // namespace tollgate::sdk

#include "tollgate/channel_glue.hpp"
