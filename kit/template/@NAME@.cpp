// The channel @NAME@. What it says over the wire here is invented: the channel's own words take its
// place, one step after the other. Only the SDK and the standard library are used.
//
//   pay     POST {gateway}/orders: number, amount, currency, notify_url -> 201, pay_url
//   query   GET  {gateway}/orders/{number} -> 200: number, state, amount, ...; or 404
//   notice  POST to us: the same lines as the answer to a query
//
// Bodies are lines of name=value. Everything that comes from the channel is signed: the header
// X-Signature holds the FNV-1a hash of the API key and the body. That proves nothing to a real
// attacker; take the channel's own signature.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <stdexcept>

#include "tollgate/channel.hpp"

namespace {

namespace sdk = tollgate::sdk;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

using Lines = std::map<std::string, std::string, std::less<>>;

Lines read_lines(std::string_view body) {
  Lines lines;
  while (!body.empty()) {
    const auto line = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(body.size(), line.size() + 1));
    if (const auto equals = line.find('='); equals != line.npos)
      lines.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return lines;
}

std::string value_of(const Lines& lines, std::string_view name) {
  const auto at = lines.find(name);
  return at == lines.end() ? std::string() : at->second;
}

/// Minor units; -1 where it is none.
std::int64_t amount_of(const std::string& text) {
  std::int64_t amount = -1;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), amount);
  return code == std::errc() && end == text.data() + text.size() && amount >= 0 ? amount : -1;
}

/// What an account is made of. Immutable after construction, so safe on any thread.
struct Account {
  std::string gateway, merchant_id, api_key;

  std::string sign(std::string_view body) const {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const unsigned char c : api_key + "\n" + std::string(body))
      hash = (hash ^ c) * 1099511628211ULL;
    return std::to_string(hash);
  }
  bool is_genuine(std::string_view signature, std::string_view body) const {
    return !signature.empty() && signature == sign(body);
  }
  sdk::Request request(std::string method, const std::string& path, std::string body) const {
    sdk::Request out;
    out.method = std::move(method);
    out.url = gateway + path;
    out.headers = {{"Content-Type", "text/plain"}, {"X-Signature", sign(body), true}};
    out.body = std::move(body);
    return out;
  }
};

/// Something that is not certain is unknown, with a word that says why: the host asks again.
Outcome unknown(std::string code, std::string message, Reason reason = Reason::none) {
  Outcome outcome(Verdict::unknown, reason);
  outcome.channel_code = std::move(code);
  outcome.channel_message = std::move(message);
  return outcome;
}

/// What a genuine description of an order says. The host compares number, amount, currency and
/// receiver with its own books, so they are the channel's words, never ours.
Outcome read_order(const Lines& lines) {
  const std::string state = value_of(lines, "state");
  Outcome outcome = unknown("state_" + state, "a state that is not known");
  if (state == "OPEN") outcome.verdict = Verdict::pending;
  if (state == "PAID") outcome.verdict = Verdict::succeeded;
  if (state == "CLOSED") outcome = Outcome(Verdict::failed, Reason::closed);
  outcome.channel_code = state;
  outcome.pay_no = value_of(lines, "number");
  outcome.channel_trade_no = value_of(lines, "trade");
  outcome.amount = amount_of(value_of(lines, "amount"));
  outcome.currency = value_of(lines, "currency");
  outcome.receiver = value_of(lines, "merchant");
  const bool proven = !outcome.pay_no.empty() && !outcome.channel_trade_no.empty() &&
                      outcome.amount > 0 && !outcome.currency.empty() && !outcome.receiver.empty();
  if (outcome.verdict == Verdict::succeeded && !proven)
    return unknown("unproven", "paid, but the answer lacks what proves it");
  return outcome;
}

/// One exchange: ask() says what is sent, answered() what a genuine answer means.
class Exchange : public sdk::Operation {
 public:
  Exchange(const Account& account, sdk::OperationInput input)
      : account_(account), input_(std::move(input)) {}
  sdk::Step start(std::int64_t) override { return ask(); }
  sdk::Step resume(const sdk::Response& response, std::int64_t) override {
    if (response.transport != sdk::Transport::ok)
      return unknown("no_answer", "the channel did not answer");
    if (response.status == 429) {
      Outcome busy = unknown("too_often", "the channel asks to slow down", Reason::frequency);
      busy.verdict = Verdict::retry;
      return busy;
    }
    if (!account_.is_genuine(response.header("x-signature"), response.body))
      return unknown("unsigned", "the answer is not the channel's", Reason::unverified);
    return answered(response);
  }

 protected:
  virtual sdk::Request ask() = 0;
  virtual Outcome answered(const sdk::Response& response) = 0;
  const Account& account_;
  const sdk::OperationInput input_;
};

class Pay final : public Exchange {
 public:
  using Exchange::Exchange;

 protected:
  sdk::Request ask() override {
    return account_.request(
        "POST", "/orders",
        "merchant=" + account_.merchant_id + "\nnumber=" + input_.pay_no +
            "\namount=" + std::to_string(input_.amount) + "\ncurrency=" + input_.currency +
            "\nnotify_url=" + input_.notify_url + "\nreturn_url=" + input_.return_url + "\n");
  }
  Outcome answered(const sdk::Response& response) override {
    const std::string url = value_of(read_lines(response.body), "pay_url");
    if (response.status != 201 || url.empty())
      return unknown("http_" + std::to_string(response.status), "the order was not placed");
    Outcome outcome(Verdict::pending);
    outcome.action = sdk::ActionType::redirect;
    outcome.material = url;
    outcome.material_expires_ms = input_.expires_ms;
    return outcome;
  }
};

class Query final : public Exchange {
 public:
  using Exchange::Exchange;

 protected:
  sdk::Request ask() override { return account_.request("GET", "/orders/" + input_.pay_no, ""); }
  Outcome answered(const sdk::Response& response) override {
    if (response.status == 404) {
      Outcome outcome(Verdict::pending, Reason::not_found);
      outcome.channel_code = "not_found";
      return outcome;
    }
    if (response.status != 200)
      return unknown("http_" + std::to_string(response.status), "no answer to the question");
    Outcome outcome = read_order(read_lines(response.body));
    if (outcome.pay_no != input_.pay_no)
      return unknown("another_order", "the answer is not about the order that was asked for");
    return outcome;
  }
};

class Callback final : public sdk::CallbackOperation {
 public:
  Callback(const Account& account, sdk::CallbackInput input)
      : account_(account), input_(std::move(input)) {}
  sdk::CallbackStep start(std::int64_t) override {
    sdk::CallbackVerdict verdict;
    verdict.nack = {401, "refused", "text/plain"};
    verdict.outcome.channel_code = "signature_mismatch";
    verdict.refusal = sdk::Refusal::signature_mismatch;
    if (!account_.is_genuine(input_.header("x-signature"), input_.body)) return verdict;
    const Lines lines = read_lines(input_.body);
    verdict.refusal = sdk::Refusal::malformed;
    verdict.event_id = value_of(lines, "event");
    if (verdict.event_id.empty()) return verdict;
    verdict.authentic = true;
    verdict.refusal = sdk::Refusal::none;
    verdict.event_type = value_of(lines, "state");
    verdict.outcome = read_order(lines);
    verdict.applies = !verdict.outcome.pay_no.empty();
    verdict.ack = {200, "ok", "text/plain"};
    verdict.nack = {503, "later", "text/plain"};
    return verdict;
  }
  sdk::CallbackStep resume(const sdk::Response&, std::int64_t) override {
    throw std::logic_error("a notice needs no exchange");
  }

 private:
  const Account& account_;
  const sdk::CallbackInput input_;
};

constexpr std::uint32_t components =
    TG_COMPONENT(TG_OP_PAY) | TG_COMPONENT(TG_OP_QUERY) | TG_COMPONENT(TG_OP_CALLBACK);
constexpr std::array capabilities{
    sdk::Capability{"redirect", "CNY,USD", "@NAME@", components, sdk::ActionType::redirect}};
constexpr std::array settings{
    sdk::Setting{"merchant_id", TG_SETTING_REQUIRED, "Who is paid, as the channel calls us."},
    sdk::Setting{"api_key", TG_SETTING_REQUIRED | TG_SETTING_SECRET, "Signs both ways."},
};

/// Settings come as one JSON object of texts; these need no escapes. What is not declared is a
/// mistake of whoever wrote it.
Lines read_settings(std::string_view json) {
  if (json.find('\\') != json.npos)
    throw sdk::SettingError("the settings hold a character that they cannot");
  Lines values;
  std::string name;
  bool is_value = false;
  for (auto begin = json.find('"'); begin != json.npos;) {
    const auto end = json.find('"', begin + 1);
    const std::string text(json.substr(begin + 1, end - begin - 1));
    if (is_value)
      values[name] = text;
    else
      name = text;
    is_value = !is_value;
    begin = json.find('"', end + 1);
  }
  for (const auto& [key, value] : values)
    if (std::ranges::find(settings, key, &sdk::Setting::name) == settings.end())
      throw sdk::SettingError("setting " + key + " is not known");
  return values;
}

std::string required(const Lines& values, std::string_view name) {
  std::string value = value_of(values, name);
  if (value.empty()) throw sdk::SettingError("setting " + std::string(name) + " is missing");
  return value;
}

/// https, or plain http to this machine, so that a key never travels in the clear.
const std::string& checked_gateway(const std::string& url) {
  const bool https = url.starts_with("https://");
  const bool local = url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:");
  const std::string_view rest =
      std::string_view(url).substr(std::min<std::size_t>(url.size(), https ? 8 : 7));
  const bool plain = rest.find_first_of("@?# ") == rest.npos && !rest.empty() && rest[0] != '/';
  if ((!https && !local) || !plain)
    throw sdk::SettingError("gateway must be an https URL, or http on this machine");
  return url;
}

Account make_account(const sdk::ChannelConfig& config) {
  const Lines values = read_settings(config.settings_json);
  return {checked_gateway(config.gateway), required(values, "merchant_id"),
          required(values, "api_key")};
}

class TheChannel final : public sdk::Channel {
 public:
  explicit TheChannel(const sdk::ChannelConfig& config) : account_(make_account(config)) {}

  std::string_view receiver() const override {
    return account_.merchant_id;
  }
  std::unique_ptr<sdk::Operation> begin(sdk::OperationInput input) override {
    if (input.kind == sdk::OperationKind::pay)
      return std::make_unique<Pay>(account_, std::move(input));
    if (input.kind == sdk::OperationKind::query)
      return std::make_unique<Query>(account_, std::move(input));
    throw std::invalid_argument("the operation is not declared");
  }
  std::unique_ptr<sdk::CallbackOperation> begin_callback(sdk::CallbackInput input) override {
    return std::make_unique<Callback>(account_, std::move(input));
  }

 private:
  const Account account_;
};

std::unique_ptr<sdk::Channel> make(sdk::ChannelConfig config) {
  return std::make_unique<TheChannel>(config);
}

const sdk::Descriptor& describe() {
  static const sdk::Descriptor descriptor{"@NAME@",     "0.1.0",  "@NAME@",
                                          capabilities, settings, &make};
  return descriptor;
}

}  // namespace

TOLLGATE_CHANNEL_PLUGIN(describe)
