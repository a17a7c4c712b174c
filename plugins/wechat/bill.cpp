// Fetching a bill (wechat.md section 3.6): a link by a signed answer, then the file, whose answer
// bears no signature and is proved by the hash that came with the link.
#include "common/bill_stream.hpp"
#include "common/encoding.hpp"
#include "common/json.hpp"
#include "common/outcome.hpp"
#include "common/time.hpp"
#include "common/url.hpp"
#include "wechat/bill_file.hpp"
#include "wechat/exchange.hpp"
#include "wechat/operations.hpp"

namespace tollgate::wechat {
namespace {

using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::int64_t creating_s = 600;
constexpr std::size_t sha1_hex_size = 40;

bool is_hash(std::string_view text) {
  return text.size() == sha1_hex_size &&
         text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

/// Where the file is, and what it must hash to.
class Link final : public Exchange {
 public:
  Link(const Account& account, sdk::OperationInput input)
      : Exchange(account), input_(std::move(input)) {}

  std::string target, sha1_hex;  ///< Set once it has succeeded with a file to fetch.

 protected:
  sdk::Step ask(std::int64_t now_ms) override {
    const bool fund = input_.bill_type == "fund";
    if ((!fund && input_.bill_type != "trade") ||
        !common::parse_rfc3339(input_.bill_date + "T00:00:00Z")) {
      Outcome outcome(Verdict::failed, Reason::rejected);
      outcome.channel_code = "invalid_input";
      outcome.channel_message = "a bill is of a day, and trade or fund";
      return outcome;
    }
    const std::string path = fund ? "/v3/bill/fundflowbill" : "/v3/bill/tradebill";
    return account_.request("GET", path + "?bill_date=" + input_.bill_date + "&tar_type=GZIP", "",
                            now_ms);
  }

  Outcome accepted(const sdk::Response& response, std::int64_t) override {
    const auto answer = common::JsonDocument::parse(response.body);
    if (!answer) return common::unknown(Reason::unverified, "no_json", "the answer is no JSON");
    sha1_hex = answer->root()["hash_value"].text_or_empty();
    if (answer->root()["hash_type"].text_or_empty() != "SHA1" || !is_hash(sha1_hex))
      return common::unknown(Reason::unverified, "no_hash", "the bill has no SHA-1");
    // A request that we sign goes to WeChat Pay alone, whatever an answer says.
    const auto url = common::parse_url(answer->root()["download_url"].text_or_empty());
    const auto own = common::parse_url(account_.gateway.origin);
    const std::string& path = account_.gateway.path;
    if (!url || !own || url->authority != own->authority || !url->target.starts_with(path + "/"))
      return common::unknown(Reason::unverified, "foreign_host",
                             "the bill's address is not under the account's gateway");
    target = url->target.substr(path.size());
    return Outcome(Verdict::succeeded);
  }

  Outcome refused(const ApiError& error) override {
    if (error.code == "NO_STATEMENT_EXIST") return error.outcome(Verdict::succeeded);
    if (error.code == "STATEMENT_CREATING")
      return common::retry_where_unknown(error.outcome(Verdict::retry), creating_s);
    if (error.too_often()) return error.outcome(Verdict::retry, Reason::frequency);
    if (error.configuration()) return error.outcome(Verdict::failed, Reason::configuration);
    if (error.never_possible()) return error.outcome(Verdict::failed, Reason::rejected);
    return error.outcome(Verdict::unknown);
  }

 private:
  const sdk::OperationInput input_;
};

class FetchBill final : public sdk::Operation {
 public:
  FetchBill(const Account& account, sdk::OperationInput input)
      : account_(account),
        type_(input.bill_type == "fund" ? BillType::fund : BillType::trade),
        link_(account, std::move(input)) {}

  sdk::Step start(std::int64_t now_ms) override { return next(link_.start(now_ms), now_ms); }

  sdk::Step resume(const sdk::Response& response, std::int64_t now_ms) override {
    return file_ ? download(*file_, response) : next(link_.resume(response, now_ms), now_ms);
  }

  std::vector<sdk::BillLine> lines() override {
    return file_ ? file_->take_lines() : std::vector<sdk::BillLine>();
  }

 private:
  sdk::Step next(sdk::Step step, std::int64_t now_ms) {
    auto* outcome = std::get_if<Outcome>(&step);
    if (!outcome) return step;
    if (outcome->verdict != Verdict::succeeded || link_.target.empty())
      return common::no_bill_file(std::move(*outcome));
    file_.emplace(type_, link_.sha1_hex);
    sdk::Request request = account_.request("GET", link_.target, "", now_ms);
    for (auto& header : request.headers)
      if (header.name == "Accept") header.value = "*/*";
    request.stream = true;
    return request;
  }

  static sdk::Step download(BillFile& file, const sdk::Response& response) {
    if (response.transport != sdk::Transport::ok)
      return common::retry_where_unknown(common::not_answered(response.transport, "WeChat Pay"),
                                         common::bill_soon_s);
    if (response.status != 200) {
      const ApiError error = ApiError::of(response);
      return common::retry_where_unknown(
          error.outcome(Verdict::retry, error.too_often() ? Reason::frequency : Reason::none),
          common::bill_soon_s);
    }
    return common::read_bill_piece(file, response);
  }

  const Account& account_;
  const BillType type_;
  Link link_;
  std::optional<BillFile> file_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_fetch_bill(const Account& account, sdk::OperationInput input) {
  return std::make_unique<FetchBill>(account, std::move(input));
}

}  // namespace tollgate::wechat
