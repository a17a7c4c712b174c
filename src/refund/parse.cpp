#include "refund/routes.hpp"

namespace tollgate::refund {
namespace {

/// An id as a text of a body; an error where it is there and none.
template <class Id>
std::optional<Id> optional_id(json::Object& in, json::Errors& errors, const char* name) {
  const auto text = in.optional_text(name, {1, 32});
  if (!text) return std::nullopt;
  auto id = Id::parse(*text);
  if (!id) errors.add("/" + std::string(name), "must be an id");
  return id;
}

}  // namespace

Result<Wish> parse_wish(const net::Request& request) {
  TOLLGATE_TRY(const json::Document document, api::parse_body(request));
  json::Errors errors;
  json::Object in(document, errors);
  Wish wish;
  wish.pay_no = optional_id<PayNo>(in, errors, "pay_no");
  wish.order_id = optional_id<OrderId>(in, errors, "order_id");
  wish.amount = in.optional_integer("amount", {1});
  wish.reason = in.optional_text("reason", {1, 80});
  in.finish();
  if (!errors.empty()) return errors.take();
  if (wish.pay_no.has_value() == wish.order_id.has_value())
    return invalid_field(wish.pay_no ? "/order_id" : "/pay_no",
                         "exactly one of pay_no and order_id is needed");
  return wish;
}

}  // namespace tollgate::refund
