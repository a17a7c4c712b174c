#include "channel/dialogue.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>
#include <vector>

#include "channel/exchange.hpp"

namespace tollgate::channel {
namespace {

tg_span span_of(std::string_view text) {
  return {text.data(), text.size()};
}

/// Headers as plugins see them: names in lower case.
class HeaderSpans {
 public:
  explicit HeaderSpans(const net::Headers& headers) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : headers.all()) bytes += name.size();
    names_.reserve(bytes);  // spans point into it
    spans_.reserve(headers.all().size());
    for (const auto& [name, value] : headers.all()) {
      char* const lower = names_.data() + names_.size();
      names_ += name;
      for (char* c = lower; c != lower + name.size(); ++c)
        if (*c >= 'A' && *c <= 'Z') *c = static_cast<char>(*c - 'A' + 'a');
      spans_.push_back({{lower, name.size()}, span_of(value), 0, 0});
    }
  }
  HeaderSpans(const HeaderSpans&) = delete;
  HeaderSpans& operator=(const HeaderSpans&) = delete;

  const tg_header* data() const { return spans_.data(); }
  std::uint32_t count() const { return static_cast<std::uint32_t>(spans_.size()); }

 private:
  std::string names_;
  std::vector<tg_header> spans_;
};

tg_operation_input to_c(const sdk::OperationInput& in) {
  tg_operation_input c{};
  c.struct_size = sizeof(c);
  c.operation = static_cast<std::uint32_t>(in.kind);
  c.method = span_of(in.method);
  c.pay_no = span_of(in.pay_no);
  c.refund_no = span_of(in.refund_no);
  c.channel_trade_no = span_of(in.channel_trade_no);
  c.channel_refund_no = span_of(in.channel_refund_no);
  c.amount = in.amount;
  c.total = in.total;
  c.currency = span_of(in.currency);
  c.description = span_of(in.description);
  c.notify_url = span_of(in.notify_url);
  c.return_url = span_of(in.return_url);
  c.cancel_url = span_of(in.cancel_url);
  c.client_ip = span_of(in.client_ip);
  c.openid = span_of(in.openid);
  c.reason = span_of(in.reason);
  c.bill_date = span_of(in.bill_date);
  c.state = span_of(in.state);
  c.created_ms = in.created_ms;
  c.expires_ms = in.expires_ms;
  c.bill_type = span_of(in.bill_type);
  return c;
}

}  // namespace

/// The host's memory for a step: a plugin of a newer minor may write more than this side knows.
struct Dialogue::StepSlot {
  tg_step step{sizeof(tg_step), 0, nullptr, nullptr, nullptr, nullptr, 0};
  std::array<unsigned char, 256> spare{};
};

/// The one door through which a plugin's operations run.
template <class F>
Step Dialogue::enter(F f) {
  StepSlot slot;
  try {
    f(account_->plugin().abi(), &slot.step);
  } catch (const std::exception& e) {
    return Broken{std::string("the plugin let an exception out: ") + e.what()};
  } catch (...) {
    return Broken{"the plugin let an exception out"};
  }
  if (!operation_) return Broken{"the plugin began nothing"};
  if (of_bill_)
    if (auto broken = read_lines(slot.step, lines_)) return *std::move(broken);
  return read_step(slot.step, of_callback_);
}

Dialogue::~Dialogue() {
  if (operation_) account_->plugin().abi().end(operation_);
}

Step Dialogue::begin(const sdk::OperationInput& input, TimeMs now) {
  of_bill_ = input.kind == sdk::OperationKind::fetch_bill;
  const auto c = to_c(input);
  return enter([&](const tg_plugin& abi, tg_step* first) {
    operation_ = abi.begin(account_->handle(), &c, now.ms, first);
  });
}

Step Dialogue::begin_callback(const net::Request& request, std::int64_t max_age_s, TimeMs now) {
  of_callback_ = true;
  const HeaderSpans headers(request.headers);
  const tg_callback_input c{sizeof(tg_callback_input),
                            headers.count(),
                            span_of(net::to_string(request.method)),
                            span_of(request.path),
                            span_of(request.query),
                            span_of(request.body),
                            headers.data(),
                            max_age_s};
  return enter([&](const tg_plugin& abi, tg_step* first) {
    operation_ = abi.begin_callback(account_->handle(), &c, now.ms, first);
  });
}

Step Dialogue::tell(const net::ClientResponse& response, std::string_view body, bool more,
                    TimeMs now) {
  const HeaderSpans headers(response.headers);
  const bool answered = response.transport == net::Transport::ok || more;
  const tg_response c{
      sizeof(tg_response),
      static_cast<std::uint32_t>(more ? sdk::Transport::ok : to_sdk(response.transport)),
      answered ? response.status : 0,
      answered ? headers.count() : 0,
      headers.data(),
      answered ? span_of(body) : tg_span{},
      more ? 1u : 0u,
      0};
  return enter(
      [&](const tg_plugin& abi, tg_step* next) { abi.resume(operation_, &c, now.ms, next); });
}

Step Dialogue::resume(const net::ClientResponse& response, TimeMs now) {
  return tell(response, response.body, false, now);
}

Step Dialogue::resume_piece(const net::ClientResponse& head, std::string_view piece, TimeMs now) {
  return tell(head, piece, true, now);
}

Step Dialogue::resume_in_pieces(const net::ClientResponse& response, std::size_t piece_bytes,
                                TimeMs now) {
  TOLLGATE_ASSERT(piece_bytes > 0);
  const bool pieces = response.transport == net::Transport::ok && response.status / 100 == 2;
  if (!pieces) return resume(response, now);
  for (std::string_view rest = response.body; !rest.empty();) {
    auto step = resume_piece(response, rest.substr(0, piece_bytes), now);
    if (!std::holds_alternative<sdk::Continue>(step)) return step;
    rest.remove_prefix(std::min(piece_bytes, rest.size()));
  }
  net::ClientResponse end = response;
  end.body.clear();
  return resume(end, now);
}

std::vector<sdk::BillLine> Dialogue::take_lines() {
  return std::exchange(lines_, {});
}

}  // namespace tollgate::channel
