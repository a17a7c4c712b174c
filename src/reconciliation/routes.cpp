#include "reconciliation/routes.hpp"

#include "api/params.hpp"
#include "base/json_writer.hpp"
#include "base/time.hpp"
#include "reconciliation/store.hpp"

namespace tollgate::reconciliation {
namespace {

using api::Access;
using api::Context;
using net::Awaitable;
using net::Method;
using net::Response;

/// Shown with the reconciliation itself; the report has more.
constexpr int shown_differences = 1'000;
constexpr int reported_differences = 10'000;

void write_summary(json::Writer& out, const Reconciliation& r, const differences::Counts& counts) {
  out.field("id", r.id).field("account_id", r.account_id).field("channel", r.channel);
  out.field("date", r.day.date).field("status", to_string(r.status));
  out.field("stage", to_string(r.stage)).field("failure_code", r.failure_code);
  out.field("lines", r.lines).raw_field("totals", r.totals);
  out.raw_field("funds", r.funds);
  out.field("differences_found", counts.all).field("differences_open", counts.open);
  out.field("pooled", counts.pooled);
  out.field("created_at", to_rfc3339(r.created_at));
  out.key("completed_at");
  if (r.completed_at)
    out.text(to_rfc3339(*r.completed_at));
  else
    out.null();
}

std::string whole_json(db::Tx& tx, const Reconciliation& r) {
  json::Writer out;
  out.begin_object();
  write_summary(out, r, differences::count(tx, r.id));
  out.key("differences").begin_array();
  for (const auto& d : differences::list(tx, r.id, 0, shown_differences)) out.raw(to_json(d));
  out.end_array().end_object();
  return out.take();
}

struct Wish {
  std::string account_id, date;
};

Result<Wish> parse_wish(const net::Request& request) {
  TOLLGATE_TRY(const json::Document document, api::parse_body(request));
  json::Errors errors;
  json::Object in(document, errors);
  Wish wish;
  wish.account_id = in.text("account_id", {1, 64});
  wish.date = in.text("date", {1, 10});
  in.finish();
  if (!errors.empty()) return errors.take();
  return wish;
}

Awaitable<Result<Response>> create(Reconciler& reconciler, Context& context) {
  const auto wish = parse_wish(context.request);
  if (!wish) co_return wish.error();
  auto work = [&](db::Tx& tx) -> Result<std::string> {
    TOLLGATE_TRY(const auto r, reconciler.begin(tx, wish->account_id, wish->date));
    return whole_json(tx, r);
  };
  const auto json = co_await reconciler.database().write(work);
  if (!json) co_return json.error();
  co_return api::json_response(202, *json);
}

Awaitable<Result<Response>> show(Reconciler& reconciler, Context& context) {
  const auto id = api::parse_id<ReconciliationId>(context.param(0), Errc::reconciliation_not_found);
  if (!id) co_return id.error();
  auto read = [&](db::Tx& tx) -> Result<std::string> {
    const auto r = store::find(tx, *id);
    if (!r) return Error(Errc::reconciliation_not_found);
    return whole_json(tx, *r);
  };
  const auto json = co_await reconciler.database().read(read);
  if (!json) co_return json.error();
  co_return api::json_response(200, *json);
}

Awaitable<Result<Response>> list(Reconciler& reconciler, Context& context) {
  const auto page = api::parse_page(context.request);
  if (!page) co_return page.error();
  const auto account_id = api::text_param(context.request, "account_id");
  if (!account_id) co_return account_id.error();
  auto read = [&](db::Tx& tx) {
    std::vector<std::string> items;
    for (const auto& r : store::list(tx, *account_id, page->starting_after, page->limit + 1)) {
      items.push_back(summary_json(r, differences::count(tx, r.id)));
    }
    return items;
  };
  auto items = co_await reconciler.database().read(read);
  co_return api::list_response(std::move(items), *page);
}

/// RFC 4180; a cell that a spreadsheet would take for a formula is made a text.
std::string cell(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
    text.insert(text.begin(), '\'');
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string csv_line(const Difference& d) {
  std::string line;
  for (const auto& text :
       {d.id.str(), std::string(to_string(d.kind)), std::string(to_string(d.subject)),
        d.pay_no.value_or(""), d.refund_id.value_or(""), d.ours, d.theirs, d.asked,
        std::string(to_string(d.resolution)), d.note.value_or(""), to_rfc3339(d.found_at),
        d.resolved_at ? to_rfc3339(*d.resolved_at) : std::string()})
    line.append(line.empty() ? "" : ",").append(cell(text));
  return line + "\r\n";
}

Awaitable<Result<Response>> report(Reconciler& reconciler, Context& context) {
  const auto id = api::parse_id<ReconciliationId>(context.param(0), Errc::reconciliation_not_found);
  if (!id) co_return id.error();
  auto read = [&](db::Tx& tx) -> Result<std::string> {
    if (!store::find(tx, *id)) return Error(Errc::reconciliation_not_found);
    std::string csv =
        "id,kind,subject,pay_no,refund_id,ours,theirs,asked,resolution,note,found_at,"
        "resolved_at\r\n";
    for (const auto& d : differences::list(tx, *id, 0, reported_differences)) csv += csv_line(d);
    return csv;
  };
  const auto csv = co_await reconciler.database().read(read);
  if (!csv) co_return csv.error();
  Response response(200, "text/csv; charset=utf-8", *csv);
  response.headers.set("Content-Disposition",
                       "attachment; filename=\"reconciliation-" + id->str() + ".csv\"");
  co_return response;
}

Result<std::string> parse_note(const net::Request& request) {
  TOLLGATE_TRY(const json::Document document, api::parse_body(request));
  json::Errors errors;
  json::Object in(document, errors);
  auto note = in.text("note", {1, 500});
  in.finish();
  if (!errors.empty()) return errors.take();
  return note;
}

Awaitable<Result<Response>> resolve(Reconciler& reconciler, Context& context) {
  const auto id = api::parse_id<DifferenceId>(context.param(0), Errc::difference_not_found);
  if (!id) co_return id.error();
  const auto note = parse_note(context.request);
  if (!note) co_return note.error();
  auto work = [&](db::Tx& tx) { return reconciler.resolve(tx, *id, *note); };
  const auto difference = co_await reconciler.database().write(work);
  if (!difference) co_return difference.error();
  co_return api::json_response(200, to_json(*difference));
}

}  // namespace

std::string summary_json(const Reconciliation& reconciliation, const differences::Counts& counts) {
  json::Writer out;
  out.begin_object();
  write_summary(out, reconciliation, counts);
  return out.end_object().take();
}

std::vector<api::Route> routes(Reconciler& reconciler) {
  const auto bind = [&reconciler](auto f) -> api::Handler {
    return [f, &reconciler](Context& context) { return f(reconciler, context); };
  };
  return {
      {Method::post, "/v1/reconciliations", Access::admin, bind(create)},
      {Method::get, "/v1/reconciliations", Access::admin, bind(list)},
      {Method::get, "/v1/reconciliations/{id}", Access::admin, bind(show)},
      {Method::get, "/v1/reconciliations/{id}/report.csv", Access::admin, bind(report)},
      {Method::post, "/v1/differences/{id}/resolve", Access::admin, bind(resolve)},
  };
}

}  // namespace tollgate::reconciliation
