// Refunds of the second generation: a transaction of their own, under a number of their own, that
// names the sale's (channel document, section 3.2).
#include <utility>

#include "sandbox/ipaylinks.hpp"

namespace tollgate::sandbox {
namespace {

/// Nobody outside knows how a refusal looks: a transaction that has failed.
Fields refusal(const Fields& fields, const IpaylinksMerchant& merchant, std::string_view why) {
  return {{"version", "2.0"},
          {"merchantId", merchant.id},
          {"transId", field_of(fields, "transId")},
          {"origTransId", field_of(fields, "origTransId")},
          {"transType", "refund"},
          {"charset", "utf-8"},
          {"respCode", "1001"},
          {"respMsg", std::string(why)},
          {"status", "failed"},
          {"signType", "MD5"}};
}

std::string_view problem_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::full:
      return "more than what is left";
    case Verdict::other_parameters:
      return "the number was used with other parameters";
    default:
      return "the original transaction is not paid";
  }
}

std::string_view kind_of(std::string_view status) {
  if (status == "SUCCESS") return "refund.success";
  return status == "CLOSED" ? "refund.failed" : "refund.pending";
}

}  // namespace

net::Response Ipaylinks::nothing_found(std::string_view number, const IpaylinksMerchant& merchant,
                                       const std::optional<Fault>& fault) const {
  Fields none{{"version", "2.0"},
              {"merchantId", merchant.id},
              {"transId", std::string(number)},
              {"transType", "query"},
              {"charset", "utf-8"},
              {"respCode", "2004"},
              {"respMsg", "no such transaction"},
              {"signType", "MD5"}};
  return signed_answer(std::move(none), merchant, fault);
}

Outcome Ipaylinks::refund(const Fields& fields, const IpaylinksMerchant& merchant,
                          const std::optional<Fault>& fault) {
  const std::string number = field_of(fields, "transId");
  const auto refuse = [&](std::string_view why) {
    return Outcome{signed_answer(refusal(fields, merchant, why), merchant, fault), merchant.id,
                   std::string(why), ""};
  };
  const std::string channel(name());
  const auto sale = context_.ledger.find({channel, merchant.id, field_of(fields, "origTransId")});
  if (!sale) return refuse("no such original transaction");
  if (context_.ledger.find({channel, merchant.id, number})) return refuse("the number is a sale's");
  const auto minor =
      ipaylinks_minor(field_of(fields, "transAmt"), sale->currency, merchant.generation);
  if (!minor) return refuse("the amount does not fit the currency");
  const TimeMs now = context_.clock.now();
  const Refund wish{
      number,
      *minor,
      "PROCESSING",
      now,
      "103" + ipaylinks_time(now).substr(2) + std::to_string(1'000 + context_.random.below(9'000)),
      field_of(fields, "notifyUrl")};
  Change change = context_.ledger.refund(sale->key, wish, std::nullopt);
  if (change.verdict != Verdict::done && change.verdict != Verdict::again)
    return refuse(problem_of(change.verdict));
  if (change.verdict == Verdict::done && !is(fault, FaultKind::pending))
    change = refund_ends(change.trade, number, "SUCCESS");
  Fields facts = ipaylinks_refund_facts(change.trade, *change.trade.refund(number), merchant, {});
  return {signed_answer(std::move(facts), merchant, fault), merchant.id, "accepted", ""};
}

Change Ipaylinks::refund_ends(const Trade& trade, const std::string& out_refund_no,
                              const std::string& status) {
  Refund as;
  as.out_refund_no = out_refund_no;
  as.status = status;
  as.at = context_.clock.now();
  const Told told{new_notice_id(), std::string(kind_of(status)), out_refund_no};
  Change change = context_.ledger.settle_refund(trade.key, as, told);
  if (change.verdict != Verdict::done || change.trade.silent) return change;
  const std::string& url = change.trade.refund(out_refund_no)->notify_url;
  context_.notices.enqueue(*this, {told, url.empty() ? notify_url(trade) : url, change.trade});
  return change;
}

}  // namespace tollgate::sandbox
