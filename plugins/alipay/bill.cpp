// Fetching a bill (alipay.md section 3.6): a link by a signed answer, then the file by plain GET.
// Alipay gives no hash: the file is believed for the address that the signed answer names, TLS, and
// what is inside it.
#include "alipay/bill_file.hpp"
#include "alipay/exchange.hpp"
#include "alipay/operations.hpp"
#include "common/bill_stream.hpp"
#include "common/json.hpp"
#include "common/outcome.hpp"
#include "common/time.hpp"
#include "common/url.hpp"

namespace tollgate::alipay {
namespace {

using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::int64_t not_there_s = 1'800;
/// From this time after a day's end "there is no bill" means that there was no trade; before, the
/// bill may still be made.
constexpr std::int64_t surely_made_ms = 12LL * 3600 * 1000;
constexpr std::int64_t day_ms = 24LL * 3600 * 1000;

/// Where Alipay keeps bills. A gateway that is no Alipay's, a simulator, keeps them itself.
bool may_fetch(const common::Url& url, const common::Url& gateway) {
  const auto under = [&](std::string_view suffix) {
    return url.authority == url.host && url.host.ends_with(suffix);
  };
  return url.authority == gateway.authority || under(".alipay.com") || under(".alipaydev.com");
}

class Link final : public Exchange {
 public:
  Link(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

  std::string url;  ///< Set once it has succeeded with a file to fetch.

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    const auto first_ms = common::parse_beijing(input_.bill_date + " 00:00:00");
    if (input_.bill_type != "trade" || !first_ms) {
      Outcome outcome(Verdict::failed, Reason::rejected);
      outcome.channel_code = "invalid_input";
      outcome.channel_message = "a bill is of a day, and of trades";
      return outcome;
    }
    made_ms_ = *first_ms + day_ms + surely_made_ms;
    common::JsonObjectWriter json;
    json.text("bill_type", "trade").text("bill_date", input_.bill_date);
    return request({"alipay.data.dataservice.bill.downloadurl.query", json.finish(), true}, now_ms);
  }

  sdk::Step answered(const Answer& answer, std::int64_t now_ms) override {
    if (!answer.ok()) return judged(ApiError::of(answer), now_ms);
    auto told = common::parse_url(answer.text("bill_download_url"));
    const auto gateway = common::parse_url(account_.gateway);
    if (!told || !gateway || !may_fetch(*told, *gateway))
      return common::unknown(Reason::unverified, "foreign_host",
                             "the bill's address is none of Alipay's");
    if (gateway->tls) told->tls = true;
    url = told->origin() + told->target;
    return Outcome(Verdict::succeeded);
  }

 private:
  Outcome judged(const ApiError& error, std::int64_t now_ms) const {
    if (error.sub_code == "isp.bill_not_exist") {
      if (now_ms >= made_ms_) return error.outcome(Verdict::succeeded);
      return common::retry_where_unknown(error.outcome(Verdict::retry), not_there_s);
    }
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.configuration()) return error.outcome(Verdict::failed, Reason::configuration);
    if (error.rejected() || error.sub_code == "isv.invalid-arguments")
      return error.outcome(Verdict::failed, Reason::rejected);
    return error.outcome(Verdict::unknown);
  }

  const sdk::OperationInput input_;
  std::int64_t made_ms_ = 0;
};

class FetchBill final : public sdk::Operation {
 public:
  FetchBill(const Account& account, sdk::OperationInput input) : link_(account, std::move(input)) {}

  sdk::Step start(std::int64_t now_ms) override { return next(link_.start(now_ms)); }

  sdk::Step resume(const sdk::Response& response, std::int64_t now_ms) override {
    return file_ ? download(*file_, response) : next(link_.resume(response, now_ms));
  }

  std::vector<sdk::BillLine> lines() override {
    return file_ ? file_->take_lines() : std::vector<sdk::BillLine>();
  }

 private:
  sdk::Step next(sdk::Step step) {
    auto* outcome = std::get_if<Outcome>(&step);
    if (!outcome) return step;
    if (outcome->verdict != Verdict::succeeded || link_.url.empty())
      return common::no_bill_file(std::move(*outcome));
    file_.emplace();
    sdk::Request request;
    request.url = link_.url;
    request.headers.push_back({"Accept", "*/*"});
    request.resend_safe = true;
    request.stream = true;
    return request;
  }

  static sdk::Step download(BillFile& file, const sdk::Response& response) {
    if (response.transport != sdk::Transport::ok)
      return common::retry_where_unknown(common::not_answered(response.transport, "Alipay"),
                                         common::bill_soon_s);
    if (response.status != 200)
      return common::retry(Reason::none, "http_" + std::to_string(response.status),
                           "the bill was not given", common::bill_soon_s);
    return common::read_bill_piece(file, response);
  }

  Link link_;
  std::optional<BillFile> file_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_fetch_bill(const Account& account, sdk::OperationInput input) {
  return std::make_unique<FetchBill>(account, std::move(input));
}

}  // namespace tollgate::alipay
