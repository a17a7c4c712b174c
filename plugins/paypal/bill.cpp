// Fetching a bill: Transaction Search over a day of UTC, page by page (paypal.md section 3.4).
#include <algorithm>

#include "common/encoding.hpp"
#include "common/time.hpp"
#include "paypal/bill_line.hpp"
#include "paypal/exchange.hpp"
#include "paypal/operations.hpp"

namespace tollgate::paypal {
namespace {

using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::int64_t soon_s = 60;
constexpr std::int64_t not_there_s = 3'600;
constexpr std::int64_t unverified_s = 600;
constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t page_rows = 500;
constexpr std::size_t max_page_bytes = 4'194'304;

/// Whole seconds, both of them part of it.
struct Span {
  std::int64_t first_s, last_s;
};

std::string time_text(std::int64_t unix_s) {
  const std::string digits = common::format_compact(unix_s * 1000, 0);
  return digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + digits.substr(6, 2) + "T" +
         digits.substr(8, 2) + ":" + digits.substr(10, 2) + ":" + digits.substr(12) + "Z";
}

Outcome odd(std::string_view why) {
  return common::retry(Reason::unverified, "bill", why, unverified_s);
}

class Report final : public Exchange {
 public:
  Report(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

  std::vector<sdk::BillLine> lines() override { return std::exchange(lines_, {}); }

 protected:
  Move ask(std::int64_t) override {
    const auto day_ms = common::parse_rfc3339(input_.bill_date + "T00:00:00Z");
    if (input_.bill_type != "trade" || !day_ms) {
      Outcome outcome(Verdict::failed, Reason::rejected);
      outcome.channel_code = "invalid_input";
      outcome.channel_message = "a bill is of a day, and of trades";
      return outcome;
    }
    const std::int64_t first_s = *day_ms / 1000;
    spans_.push_back({first_s, first_s + day_s - 1});
    return page_request();
  }

  Move accepted(const sdk::Response& response, std::int64_t) override {
    const auto document = common::JsonDocument::parse(response.body);
    if (!document) return odd("the answer is no JSON");
    const auto root = document->root();
    const auto refreshed = report_time(root["last_refreshed_datetime"].text_or_empty());
    if (!refreshed) return odd("the answer does not say of when it is");
    if (*refreshed / 1000 < spans_.back().last_s)
      return common::retry(Reason::none, "not_refreshed",
                           "PayPal has not yet taken in the whole day", not_there_s);
    if (const auto wrong = read_page(root); !wrong.empty()) return odd(wrong);
    if (rows_ < items_) {
      ++page_;
      return page_request();
    }
    spans_.pop_back();
    if (spans_.empty()) return Outcome(Verdict::succeeded);
    page_ = 1;
    return page_request();
  }

  Move refused(const ApiError& error, std::int64_t) override {
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.name == "RESULTSET_TOO_LARGE" || error.issue == "RESULTSET_TOO_LARGE")
      return halved(error);
    if (error.configuration()) return error.outcome(Verdict::failed, Reason::configuration);
    if (error.status == 400) return error.outcome(Verdict::failed, Reason::rejected);
    return error.outcome(Verdict::unknown);
  }

  Outcome without_token(const ApiError& error) const override {
    return error.outcome(Verdict::failed, Reason::configuration);
  }

  std::size_t max_answer_bytes() const override { return max_page_bytes; }

 private:
  ApiRequest page_request() const {
    const Span& span = spans_.back();
    return {"GET",
            "/v1/reporting/transactions?start_date=" + time_text(span.first_s) +
                "&end_date=" + time_text(span.last_s) + "&fields=transaction_info&page_size=" +
                std::to_string(page_rows) + "&page=" + std::to_string(page_),
            "", ""};
  }

  /// The span in two: the earlier half is asked for first.
  Move halved(const ApiError& error) {
    const Span whole = spans_.back();
    if (page_ > 1 || whole.first_s == whole.last_s)
      return error.outcome(Verdict::retry);  // its first pages are told, or there is no less
    const std::int64_t middle_s = whole.first_s + (whole.last_s - whole.first_s) / 2;
    spans_.back() = {middle_s + 1, whole.last_s};
    spans_.push_back({whole.first_s, middle_s});
    return page_request();
  }

  /// What is wrong with a page; "" where nothing is.
  std::string_view read_page(common::JsonValue root) {
    const auto items = root["total_items"].integer();
    const auto rows = root["transaction_details"];
    if (!items || *items < 0 || !rows.is_array() || root["page"].integer() != page_)
      return "the answer is no page of a report";
    if (page_ == 1) {
      items_ = *items;
      rows_ = 0;
    }
    if (*items != items_) return "the pages are not of one report";
    rows_ += static_cast<std::int64_t>(rows.size());
    if (rows_ > items_ || (rows_ < items_ && rows.size() == 0))
      return "the report has not as many lines as it says";
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto line = read_bill_line(rows.at(i)["transaction_info"]);
      if (!line) return "a line has no amount";
      lines_.push_back(*std::move(line));
    }
    return {};
  }

  const sdk::OperationInput input_;
  std::vector<Span> spans_;  // the last one is asked for
  std::int64_t page_ = 1, items_ = 0, rows_ = 0;
  std::vector<sdk::BillLine> lines_;
};

/// Pages may be longer than answers usually are: they come in pieces and are put together here.
class FetchBill final : public sdk::Operation {
 public:
  FetchBill(const Account& account, sdk::OperationInput input)
      : report_(account, std::move(input)) {}

  sdk::Step start(std::int64_t now_ms) override { return dressed(report_.start(now_ms)); }

  sdk::Step resume(const sdk::Response& response, std::int64_t now_ms) override {
    page_ += response.body;
    if (page_.size() > max_page_bytes) return odd("a page is too long");
    if (response.more) return sdk::Continue{};
    sdk::Response whole = response;
    whole.body = std::exchange(page_, "");
    return dressed(report_.resume(whole, now_ms));
  }

  std::vector<sdk::BillLine> lines() override { return report_.lines(); }

 private:
  static sdk::Step dressed(sdk::Step step) {
    if (auto* request = std::get_if<sdk::Request>(&step))
      request->stream = request->method == "GET";
    if (auto* outcome = std::get_if<Outcome>(&step))
      return common::retry_where_unknown(std::move(*outcome), soon_s);
    return step;
  }

  Report report_;
  std::string page_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_fetch_bill(const Account& account, sdk::OperationInput input) {
  return std::make_unique<FetchBill>(account, std::move(input));
}

}  // namespace tollgate::paypal
