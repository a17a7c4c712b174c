#include "refund/model.hpp"

#include <algorithm>

#include "base/json_writer.hpp"
#include "base/time.hpp"

namespace tollgate::refund {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::pending:
      return "pending";
    case Status::succeeded:
      return "succeeded";
    case Status::failed:
      return "failed";
  }
  return "failed";
}

std::optional<Status> parse_status(std::string_view text) {
  const auto at = std::ranges::find(all_statuses, text, [](Status s) { return to_string(s); });
  if (at == all_statuses.end()) return std::nullopt;
  return *at;
}

std::string_view to_string(Approval approval) {
  switch (approval) {
    case Approval::not_needed:
      return "not_needed";
    case Approval::required:
      return "required";
    case Approval::approved:
      return "approved";
    case Approval::rejected:
      return "rejected";
  }
  return "required";
}

std::optional<Approval> parse_approval(std::string_view text) {
  const auto* const at =
      std::ranges::find(all_approvals, text, [](Approval a) { return to_string(a); });
  if (at == all_approvals.end()) return std::nullopt;
  return *at;
}

bool may_change(Status from, Status to) {
  return std::ranges::any_of(transitions,
                             [&](const Transition& t) { return t.from == from && t.to == to; });
}

std::string to_json(const Refund& r) {
  json::Writer out;
  out.begin_object();
  out.field("refund_id", r.refund_id).field("pay_no", r.pay_no).field("order_id", r.order_id);
  out.field("account_id", r.account_id).field("channel", r.channel);
  out.field("status", to_string(r.status)).field("amount", r.amount);
  out.field("currency", r.currency).field("reason", r.reason).field("cause", r.cause);
  out.field("channel_refund_no", r.channel_refund_no).field("failure_code", r.failure_code);
  out.key("approval");
  if (r.approval == Approval::not_needed)
    out.null();
  else
    out.text(to_string(r.approval));
  out.field("requested_by", r.requested_by).field("decided_by", r.decided_by);
  out.field("created_at", to_rfc3339(r.created_at));
  out.key("succeeded_at");
  if (r.succeeded_at)
    out.text(to_rfc3339(*r.succeeded_at));
  else
    out.null();
  out.end_object();
  return out.take();
}

}  // namespace tollgate::refund
