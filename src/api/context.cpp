#include "api/context.hpp"

#include <algorithm>

#include "api/params.hpp"
#include "base/json_writer.hpp"

namespace tollgate::api {
namespace {

/// "application/json", with parameters or without, in any case.
bool is_json(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  constexpr std::string_view wanted = "application/json";
  return std::ranges::equal(content_type, wanted, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

/// What is wrong in this case; the title where nothing more is to be said.
std::string detail_of(const Error& error) {
  if (!error.detail.empty()) return error.detail;
  if (error.fields.empty()) return std::string(title(error.code));
  const auto& first = error.fields.front();
  return (first.pointer.empty() ? "the body" : first.pointer) + " " + first.detail;
}

}  // namespace

net::Response json_response(int status, std::string body) {
  return net::Response(status, "application/json", std::move(body));
}

net::Response problem(const Error& error, std::string_view request_id) {
  json::Writer out;
  out.begin_object();
  out.field("type", "about:blank");
  out.field("title", title(error.code));
  out.field("status", http_status(error.code));
  out.field("detail", detail_of(error));
  out.field("code", to_string(error.code));
  out.field("request_id", request_id);
  if (!error.fields.empty()) {
    out.key("errors").begin_array();
    for (const auto& field : error.fields)
      out.begin_object().field("pointer", field.pointer).field("detail", field.detail).end_object();
    out.end_array();
  }
  out.end_object();
  net::Response response(http_status(error.code), "application/problem+json", out.take());
  if (error.retry_after_s > 0)
    response.headers.add("Retry-After", std::to_string(error.retry_after_s));
  if (error.code == Errc::unauthorized) response.headers.add("WWW-Authenticate", "Bearer");
  return response;
}

net::Response answer_of(Result<net::Response> result, std::string_view request_id) {
  return result ? std::move(*result) : problem(result.error(), request_id);
}

Result<json::Document> parse_body(const net::Request& request) {
  const auto type = request.headers.find("Content-Type");
  if (!type || !is_json(*type)) {
    Error error(Errc::unsupported_media_type, "Content-Type must be application/json");
    error.fields.push_back({"", error.detail});
    return error;
  }
  return json::Document::parse(request.body);
}

Result<Page> parse_page(const net::Request& request) {
  Page page;
  TOLLGATE_TRY(const auto limit, number_param(request, "limit", 1, 100));
  TOLLGATE_TRY(const auto after, id_param<StrongId<struct PageTag>>(request, "starting_after"));
  if (after) page.starting_after = after->value();
  if (limit) page.limit = static_cast<int>(*limit);
  return page;
}

net::Response list_response(std::vector<std::string> items, const Page& page) {
  const bool has_more = items.size() > static_cast<std::size_t>(page.limit);
  if (has_more) items.resize(static_cast<std::size_t>(page.limit));
  json::Writer out;
  out.begin_object().key("data").begin_array();
  for (const auto& item : items) out.raw(item);
  out.end_array().field("has_more", has_more).end_object();
  return json_response(200, out.take());
}

}  // namespace tollgate::api
