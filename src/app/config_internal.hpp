// The parts of reading a configuration; for config*.cpp.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.hpp"
#include "base/json_reader.hpp"

namespace tollgate::app {

/// The document with every "${NAME}" in its strings replaced; complains of unset variables.
json::Document expand_variables(const json::Document& document, const Environment& environment,
                                json::Errors& errors);

/// Complains of members that are not among `known`, naming the nearest one.
void reject_unknown(json::Object& object, std::initializer_list<std::string_view> known);
/// The nearest of `known` where it is near enough to be meant; else empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};
/// "127.0.0.1:8080", "[::1]:8080", "localhost:8080".
std::optional<Endpoint> parse_endpoint(std::string_view text);
bool is_ip_address(const std::string& text);
/// What is wrong with an absolute http(s) URL without query and fragment; nothing where it is one.
std::optional<std::string> web_url_problem(const std::string& url);
std::string without_slash_at_end(std::string url);
/// "0.006" as 6000; nothing for what is no decimal from 0 to 1 with at most six digits after the
/// point.
std::optional<std::int64_t> parse_millionths(std::string_view text);
/// "03:00" as seconds; nothing for what is no time of the day.
std::optional<std::int64_t> parse_time_of_day(std::string_view text);
/// An absolute path; relative ones start at the folder of `config_file`.
std::string resolve_path(const std::string& config_file, const std::string& path);

/// The text of a file of at most `max` bytes, or why it cannot be had.
struct FileText {
  std::optional<std::string> text;
  std::string problem;
};
FileText read_text_file(const std::string& path, std::size_t max);

}  // namespace tollgate::app
