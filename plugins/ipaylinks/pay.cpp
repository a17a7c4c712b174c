// The payment page (ipaylinks.md sections 3.1 and 3.2): a signed form that the buyer's browser
// posts. Nothing is sent from here.
#include <algorithm>
#include <stdexcept>

#include "common/encoding.hpp"
#include "common/time.hpp"
#include "ipaylinks/operations.hpp"

namespace tollgate::ipaylinks {
namespace {

using common::Form;
using sdk::Outcome;
using sdk::Reason;
using sdk::Verdict;

constexpr std::size_t max_number = 64;
constexpr std::size_t max_url = 512;
constexpr std::size_t description_characters = 128;

/// '&' and '=' are not escaped where the fields are joined for signing: a text with them could be
/// read as other fields. Spaces around it are signed by some and not by others.
std::string harmless(std::string_view text) {
  std::string out = common::bmp_text(text, description_characters);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '&' || c == '='; }, ' ');
  out.erase(out.find_last_not_of(' ') + 1);
  out.erase(0, std::min(out.find_first_not_of(' '), out.size()));
  return out;
}

class Pay final : public sdk::Operation {
 public:
  Pay(const Account& account, sdk::OperationInput input)
      : account_(account), input_(std::move(input)) {}

  sdk::Step start(std::int64_t now_ms) override {
    const auto amount = account_.amounts.write(input_.amount, input_.currency);
    const std::string_view wrong = unfit(amount.has_value(), now_ms);
    if (!amount || !wrong.empty()) {
      Outcome outcome(Verdict::failed, Reason::rejected);
      outcome.channel_code = "invalid_input";
      outcome.channel_message = wrong;
      return outcome;
    }
    Form form = account_.common_fields();
    if (account_.mapi())
      fill_mapi(form, now_ms);
    else
      fill_webgate(form, now_ms);
    form[account_.names.number] = input_.pay_no;
    form[account_.names.amount] = *amount;
    form[account_.names.currency] = input_.currency;
    // Sent or left out, an empty field would be signed by the one and not by the other.
    std::erase_if(form, [](const auto& field) { return field.second.empty(); });
    account_.signer.add_signature(form);

    Outcome outcome(Verdict::pending);
    outcome.pay_no = input_.pay_no;
    outcome.action = sdk::ActionType::form;
    outcome.material = common::posting_page(account_.endpoint, form);
    outcome.material_expires_ms = input_.expires_ms;
    return outcome;
  }

  sdk::Step resume(const sdk::Response&, std::int64_t) override {
    throw std::logic_error("nothing was sent");
  }

 private:
  static bool is_address(std::string_view url) {
    return !url.empty() && url.size() <= max_url && url.find_first_of("&=") == url.npos;
  }

  /// What iPayLinks would refuse, or what nobody knows; "" for neither.
  std::string_view unfit(bool amount_fits, std::int64_t now_ms) const {
    if (input_.method != "redirect") return "the method must be redirect";
    if (!amount_fits) return "it is not known how this amount is written in this currency";
    if (!common::is_token(input_.pay_no, max_number, "-_"))
      return "the number must have 1 to 64 characters of [0-9A-Za-z_-]";
    if (!is_address(input_.notify_url) || !is_address(input_.return_url))
      return "the notify and return URLs must have 1 to 512 characters, none of them & or =";
    if (input_.expires_ms <= now_ms) return "the time to pay is over";
    return {};
  }

  std::string description() const {
    std::string text = harmless(input_.description);
    return text.empty() ? input_.pay_no : text;
  }

  void fill_webgate(Form& form, std::int64_t now_ms) const {
    form.insert({{"version", "1.1"},
                 {"tradeType", "1000"},
                 {"payType", "EDC"},
                 {"payMode", "10"},
                 {"borrowingMarked", "0"},
                 {"directFlag", "0"},
                 {"orderTerminal", "00"},
                 {"language", account_.language},
                 {"mcc", account_.mcc},
                 {"siteId", account_.site_id},
                 {"goodsName", description()},
                 {"goodsDesc", description()},
                 {"submitTime", common::format_compact(now_ms, account_.utc_offset_h)},
                 {"customerIP", input_.client_ip},
                 {"noticeUrl", input_.notify_url},
                 {"returnUrl", input_.return_url},
                 {"remark", account_.signer.seal(input_.pay_no)}});
  }

  void fill_mapi(Form& form, std::int64_t now_ms) const {
    constexpr std::int64_t minute_ms = 60 * 1000;
    const std::int64_t minutes = (input_.expires_ms - now_ms + minute_ms - 1) / minute_ms;
    form.insert({{"transType", "sale"},
                 {"accessType", account_.access_type},
                 {"carrierId", account_.site_id},
                 {"goodsName", description()},
                 {"transTimeout", std::to_string(std::min<std::int64_t>(minutes, 999'999))},
                 {"notifyUrl", input_.notify_url},
                 {"redirectUrl", input_.return_url}});
  }

  const Account& account_;
  const sdk::OperationInput input_;
};

}  // namespace

std::unique_ptr<sdk::Operation> make_pay(const Account& account, sdk::OperationInput input) {
  return std::make_unique<Pay>(account, std::move(input));
}

}  // namespace tollgate::ipaylinks
