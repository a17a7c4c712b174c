// What the simulator asks of each channel that it plays.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "net/http.hpp"
#include "net/router.hpp"
#include "sandbox/context.hpp"
#include "sandbox/distortion.hpp"
#include "sandbox/notice.hpp"
#include "sandbox/trade.hpp"

namespace tollgate::sandbox {

struct Merchant {
  std::string account_id;  ///< Of the ready-made Tollgate account.
  std::string mch_id;      ///< At the channel.
  std::string shop;        ///< What the buyer reads.
};

/// How the channel's pages look to a buyer; all HTML.
struct Brand {
  std::string_view title;
  std::string_view accent = {};  ///< A CSS colour on which white can be read.
  std::string_view account_label = {};
  std::string_view sample_account = {};
  std::string_view pay_label = {};
};

/// How a buyer leaves the channel's pages.
enum class Departure { paid, declined, left };
/// Where that leads.
struct WayBack {
  std::string url;   ///< Empty: the merchant gave none.
  std::string form;  ///< The body of a form that the browser posts there; empty for a plain visit.
};

/// What a buyer wants.
struct PayWish {
  std::optional<std::int64_t> amount;  ///< Booked instead of the ordered amount.
  std::string payer;                   ///< What was typed at the log-in; may be empty.
  bool silent = false;                 ///< The merchant is told nothing of it.
  bool late = false;                   ///< A closed trade takes it: the bank was slower.
};

/// Thread-safe after construction. What a buyer or the platform does has a meaning that most
/// channels share; where one differs, it overrides.
class Channel {
 public:
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  virtual std::string_view name() const = 0;
  /// The channel's own paths begin with one of these.
  virtual std::vector<std::string_view> prefixes() const = 0;
  virtual std::vector<net::Route> routes() = 0;
  /// The answer, in the channel's manner, to a path under a prefix that has no route.
  virtual net::Response no_route(const net::Request& request, Errc why) = 0;

  virtual std::vector<Merchant> merchants() const = 0;
  /// One JSON object a merchant: entries of `accounts` in Tollgate's configuration.
  virtual std::vector<std::string> accounts(std::string_view url) const = 0;

  // The buyer.

  virtual Brand brand() const = 0;
  /// The trade that a buyer's app opens for a text that it scanned or was handed; nothing where the
  /// text is not this channel's. It may come into the world by that.
  virtual std::optional<Trade> scan(std::string_view text);
  /// The buyer pays, or agrees where the merchant has to capture. The verdict is Ledger::pay's.
  virtual Change buyer_pays(const Trade& trade, const PayWish& wish);
  /// The buyer's bank refuses; most trades live on.
  virtual Change bank_declines(const Trade& trade);
  virtual WayBack way_back(const Trade& trade, Departure departure) const;

  // The platform.

  /// Closed by the channel itself.
  virtual Change channel_closes(const Trade& trade);
  /// A refund that is under way ends: `status` is SUCCESS, CLOSED or ABNORMAL. again: it is over;
  /// unknown: refunds of this channel are never under way.
  virtual Change refund_ends(const Trade& trade, const std::string& out_refund_no,
                             const std::string& status);
  /// As the trade would stand were it paid now, for forged notices; nothing is booked. The last of
  /// `told` is the notice that would tell it.
  virtual Trade as_paid(Trade trade) const;
  /// Where the trade's notices go; empty where the merchant named no address.
  virtual std::string notify_url(const Trade& trade) const { return trade.notify_url; }
  virtual std::string new_notice_id() const = 0;
  virtual const NoticePolicy& notice_policy() const = 0;
  /// Whether notices can lie in that way here.
  virtual bool can_forge(Forgery forgery) const = 0;
  /// Signs a notice now; each call makes fresh stamps. What stays over retries is the notice's id.
  virtual NoticeMessage notice(const Notice& notice, const Distortion& distortion) const = 0;

  /// Adds a signing key for the merchant, or with `mode` changes the kind of key that notices are
  /// signed with. Returns JSON that tells the new state. Errors: not_found (merchant),
  /// invalid_request.
  virtual Result<std::string> rotate(std::string_view mch_id, std::string_view mode) = 0;
  /// Sets one of the channel's switches for the merchant. Returns and errors as rotate.
  virtual Result<std::string> configure(std::string_view mch_id, std::string_view name,
                                        std::string_view value);

 protected:
  explicit Channel(Context& context) : context_(context) {}
  /// The channel's numbers for a payment that a buyer makes now.
  virtual Payment new_payment(std::int64_t amount, const std::string& payer) const = 0;
  /// Sends the latest of the trade's notices, unless the trade is muted.
  void announce(const Trade& trade) const;

  Context& context_;
};

}  // namespace tollgate::sandbox
