#include "console/buyer_pages.hpp"

#include <algorithm>
#include <exception>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "console/event_stream.hpp"
#include "console/page_panels.hpp"
#include "console/qr.hpp"
#include "console/web_address.hpp"

namespace tollgate::console {
namespace {

constexpr std::size_t nonce_characters = 22;  // 130 bits
constexpr std::size_t max_form_bytes = 4'096;
// Binds a buyer's way over the channel's page to his browser.
constexpr std::string_view state_name = "tollgate_state";
constexpr std::size_t state_characters = 32;
constexpr int state_life_s = 600;
constexpr std::size_t max_code_bytes = 512;

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// Nothing else can name an order, so the database is not asked about it.
Result<std::string> token_of(const api::Context& context) {
  const std::string& token = context.param(0);
  if (token.size() < 16 || token.size() > 64 || !std::ranges::all_of(token, is_token_character)) {
    return Error(Errc::order_not_found);
  }
  return token;
}

net::Response see_other(std::string location) {
  net::Response response(303, "text/plain; charset=utf-8", "");
  response.headers.set("Location", std::move(location));
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
  return response;
}

struct Wanted {
  std::string channel;
  std::string method;
};

// An HTML form's body is written like a query.
Result<Wanted> wanted_of(const net::Request& request) {
  net::Request form;
  if (request.body.size() <= max_form_bytes) form.query = request.body;
  const auto channel = form.query_param("channel");
  const auto method = form.query_param("method");
  if (!channel || channel->empty()) return invalid_field("/channel", "is missing");
  if (!method || method->empty()) return invalid_field("/method", "is missing");
  return Wanted{*channel, *method};
}

// The value of the cookie that we set; empty where it is missing.
std::string_view state_of(const net::Request& request) {
  std::string_view rest = request.headers.find("Cookie").value_or("");
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (pair.starts_with(state_name) && pair.substr(state_name.size()).starts_with('='))
      return pair.substr(state_name.size() + 1);
  }
  return {};
}

// He comes back from where this browser was sent.
bool is_own_way_back(const net::Request& request) {
  const std::string_view kept = state_of(request);
  const auto told = request.query_param("state");
  return told && kept.size() == state_characters && equal_constant_time(*told, kept);
}

bool is_over(const Error& error) {
  return error.code == Errc::order_already_paid || error.code == Errc::order_closed;
}

}  // namespace

BuyerPages::BuyerPages(Cashier& cashier, StatusHub& hub, const Clock& clock, Random& random,
                       std::string public_url)
    : cashier_(cashier),
      hub_(hub),
      clock_(clock),
      random_(random),
      public_url_(std::move(public_url)),
      base_path_(path_of(public_url_)) {}

std::vector<api::Route> BuyerPages::routes() {
  const auto page = [this](PageHandler handler) {
    return [this, handler](api::Context& context) { return as_page(context, handler); };
  };
  using api::Access;
  using net::Method;
  return {
      {Method::get, "/pay/requestpay/{token}", Access::open, page(&BuyerPages::requestpay)},
      {Method::get, "/pay/return/{token}", Access::open, page(&BuyerPages::returned)},
      // Some channels have the buyer's browser post the way back; what it posts is not read.
      {Method::post, "/pay/return/{token}", Access::open, page(&BuyerPages::returned)},
      {Method::get, "/pay/{token}", Access::open, page(&BuyerPages::cashier)},
      {Method::post, "/pay/{token}/pay", Access::open, page(&BuyerPages::pay)},
      {Method::get, "/pay/{token}/events", Access::open,
       [this](api::Context& context) { return events(context); }},
      {Method::get, "/pay/{token}/qr.png", Access::open,
       [this](api::Context& context) { return picture(context); }},
  };
}

Visit BuyerPages::visit_of(const net::Request& request) const {
  Visit visit(texts_for(request.headers.find("Accept-Language").value_or("")));
  visit.device = device_of(request.headers.find("User-Agent").value_or(""));
  visit.now = clock_.now();
  visit.nonce = random_.alphanumeric(nonce_characters);
  visit.base_path = base_path_;
  visit.go_on = request.query_param("go") == "1";
  return visit;
}

std::string BuyerPages::page_path(const std::string& token) const {
  return base_path_ + "/pay/" + token;
}

BuyerPages::Answer BuyerPages::as_page(api::Context& context, PageHandler handler) {
  Visit visit = visit_of(context.request);
  Result<net::Response> answer = Error(Errc::internal_error);
  try {
    answer = co_await (this->*handler)(context, visit);
  } catch (const std::exception& failure) {
    log::error("console.page_failed",
               {{"request_id", context.request.request_id}, {"reason", failure.what()}});
  }
  if (answer) co_return answer;
  const Error& error = answer.error();
  if (error.code == Errc::order_not_found) co_return not_found_page(visit);
  co_return error_page(http_status(error.code), context.request.request_id, visit);
}

BuyerPages::Answer BuyerPages::cashier(api::Context& context, Visit& visit) {
  TOLLGATE_CO_TRY(std::string token, token_of(context));
  TOLLGATE_CO_TRY(const CashierView view, co_await cashier_.view(std::move(token)));
  co_return cashier_page(view, visit);
}

BuyerPages::Answer BuyerPages::returned(api::Context& context, Visit& visit) {
  TOLLGATE_CO_TRY(std::string token, token_of(context));
  TOLLGATE_CO_TRY(const CashierView view, co_await cashier_.returned(std::move(token)));
  visit.now = clock_.now();
  visit.returned = true;
  co_return cashier_page(view, visit);
}

BuyerPages::Answer BuyerPages::pay(api::Context& context, Visit& visit) {
  TOLLGATE_CO_TRY(const std::string token, token_of(context));
  TOLLGATE_CO_TRY(const Wanted wanted, wanted_of(context.request));
  auto started =
      co_await cashier_.start(token, wanted.channel, wanted.method, context.request.remote_ip);
  if (!started && !is_over(started.error())) {
    co_return co_await not_started(token, started.error(), visit);
  }
  if (started && !can_show(started->type, started->material)) {
    co_return co_await not_started(token, Error(Errc::channel_refused), visit);
  }
  co_return see_other(page_path(token) + "?go=1");
}

// The page again with what to do, under the error's own status.
BuyerPages::Answer BuyerPages::not_started(std::string token, Error error, Visit& visit) {
  TOLLGATE_CO_TRY(const CashierView view, co_await cashier_.view(std::move(token)));
  visit.now = clock_.now();
  visit.alert = error.code;
  net::Response response = cashier_page(view, visit);
  response.status = http_status(error.code);
  if (error.retry_after_s > 0) {
    response.headers.set("Retry-After", std::to_string(error.retry_after_s));
  }
  co_return response;
}

BuyerPages::Answer BuyerPages::requestpay(api::Context& context, Visit& visit) {
  TOLLGATE_CO_TRY(const std::string token, token_of(context));
  TOLLGATE_CO_TRY(const CashierView before, co_await cashier_.view(token));
  const Choice* choice = scanned_choice(before.choices, visit.device);
  if (before.status != "unpaid" || visit.now >= before.expires_at || choice == nullptr) {
    co_return cashier_page(before, visit);
  }
  if (choice->needs_openid && context.request.query_param("code")) {
    co_return co_await start_recognised(context, before, visit);
  }
  if (choice->needs_openid) {
    co_return co_await send_to_be_recognised(token, *choice, visit);
  }
  const auto started =
      co_await cashier_.start(token, choice->channel, choice->method, context.request.remote_ip);
  if (!started && !is_over(started.error())) {
    co_return co_await not_started(token, started.error(), visit);
  }
  if (started && started->type == "redirect" && is_web_address(started->material)) {
    co_return see_other(started->material);
  }
  TOLLGATE_CO_TRY(const CashierView after, co_await cashier_.view(token));
  visit.now = clock_.now();
  visit.go_on = true;
  co_return cashier_page(after, visit);
}

std::string BuyerPages::state_cookie(const std::string& state) const {
  std::string cookie(state_name);
  cookie.append("=").append(state).append("; Path=").append(base_path_).append("/pay/requestpay/");
  cookie.append("; Max-Age=").append(std::to_string(state.empty() ? 0 : state_life_s));
  cookie.append("; HttpOnly; SameSite=Lax");
  if (public_url_.starts_with("https://")) cookie.append("; Secure");
  return cookie;
}

BuyerPages::Answer BuyerPages::send_to_be_recognised(std::string token, Choice choice,
                                                     Visit& visit) {
  const std::string state = random_.alphanumeric(state_characters);
  const std::string page = public_url_ + "/pay/requestpay/" + token;
  const Cashier::WayBack back = [&page](const std::string& account_id) {
    return page + "?account=" + net::percent_encode(account_id);
  };
  const auto there = co_await cashier_.recognise(token, std::move(choice), state, back);
  if (!there) co_return co_await not_started(token, there.error(), visit);
  net::Response response = see_other(there->url);
  response.headers.set("Set-Cookie", state_cookie(state));
  co_return response;
}

// A code that this browser did not fetch is not used, and nobody is sent in circles: the page asks.
BuyerPages::Answer BuyerPages::start_recognised(api::Context& context, const CashierView& view,
                                                Visit& visit) {
  const std::string code = context.request.query_param("code").value_or("");
  if (!is_own_way_back(context.request) || code.empty() || code.size() > max_code_bytes) {
    co_return cashier_page(view, visit);
  }
  const std::string account_id = context.request.query_param("account").value_or("");
  const auto started =
      co_await cashier_.start_recognised(view.token, account_id, code, context.request.remote_ip);
  if (!started && !is_over(started.error())) {
    co_return co_await not_started(view.token, started.error(), visit);
  }
  net::Response response = see_other(page_path(view.token) + "?go=1");
  response.headers.set("Set-Cookie", state_cookie(""));
  co_return response;
}

BuyerPages::Answer BuyerPages::events(api::Context& context) {
  TOLLGATE_CO_TRY(const std::string token, token_of(context));
  TOLLGATE_CO_TRY(const CashierView view, co_await cashier_.view(token));
  TOLLGATE_CO_TRY(const auto subscription, hub_.subscribe(view.order));
  net::Response response(200, "text/event-stream", "");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Accel-Buffering", "no");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.streamer = [this, token, subscription](std::shared_ptr<net::StreamWriter> writer) {
    return stream_status(cashier_, token, subscription, std::move(writer));
  };
  co_return response;
}

BuyerPages::Answer BuyerPages::picture(api::Context& context) {
  TOLLGATE_CO_TRY(const std::string token, token_of(context));
  TOLLGATE_CO_TRY(const CashierView view, co_await cashier_.view(token));
  net::Response response(200, "image/png", qr_png(public_url_ + "/pay/requestpay/" + view.token));
  response.headers.set("Cache-Control", "public, max-age=86400, immutable");
  response.headers.set("X-Content-Type-Options", "nosniff");
  co_return response;
}

}  // namespace tollgate::console
