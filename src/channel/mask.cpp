#include "channel/mask.hpp"

#include <algorithm>
#include <optional>

#include "base/utf8.hpp"
#include "net/http.hpp"

namespace tollgate::channel {
namespace {

constexpr std::string_view stars = "***";
constexpr std::size_t url_bytes = 2 * 1024;
constexpr int max_layers = 3;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// A quote with the backslashes before it: the border of a text at some level of JSON inside JSON.
struct Quote {
  std::size_t at = 0;  ///< Of the first backslash, or of the quote itself.
  std::size_t slashes = 0;
  std::size_t after() const { return at + slashes + 1; }
};

std::optional<Quote> next_quote(std::string_view text, std::size_t from) {
  const auto quote = text.find('"', from);
  if (quote == std::string_view::npos) return std::nullopt;
  std::size_t first = quote;
  while (first > from && text[first - 1] == '\\') --first;
  return Quote{first, quote - first};
}

/// The quote that ends the text which `open` began: the next with no more backslashes than it.
std::optional<Quote> closing(std::string_view text, const Quote& open) {
  auto quote = next_quote(text, open.after());
  while (quote && quote->slashes > open.slashes) {
    // An even number of additional backslashes before the border are the text's own.
    if ((quote->slashes - open.slashes) % (2 * (open.slashes + 1)) == 0) break;
    quote = next_quote(text, quote->after());
  }
  return quote;
}

/// The end of an object, array or bare word that begins at `at`; the text's end where it is cut.
std::size_t value_end(std::string_view text, std::size_t at) {
  if (text[at] != '{' && text[at] != '[') {
    const auto end = text.find_first_of(",}] \t\r\n\\", at);
    return std::min(end, text.size());
  }
  int depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    if (text[i] == '"' || text[i] == '\\') {
      const auto quote = next_quote(text, i);
      if (!quote || quote->at != i) continue;
      const auto end = closing(text, *quote);
      if (!end) return text.size();
      i = end->after() - 1;
    } else if (text[i] == '{' || text[i] == '[') {
      ++depth;
    } else if ((text[i] == '}' || text[i] == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return text.size();
}

/// The value that begins at `at`, replaced; answers where the text goes on.
std::size_t mask_value(std::string_view text, std::size_t at, std::string& out) {
  const auto quote = next_quote(text, at);
  if (quote && quote->at == at) {
    const auto border = text.substr(quote->at, quote->slashes + 1);
    out.append(border).append(stars).append(border);
    const auto end = closing(text, *quote);
    return end ? end->after() : text.size();
  }
  out.append("\"").append(stars).append("\"");
  return value_end(text, at);
}

std::size_t after_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

std::string mask_link(std::string_view text);

std::string mask_json(std::string_view text) {
  std::string out;
  std::size_t copied = 0;
  const auto copy_to = [&](std::size_t end) {
    out.append(text.substr(copied, end - copied));
    copied = end;
  };
  for (auto open = next_quote(text, 0); open; open = next_quote(text, copied)) {
    copy_to(open->after());
    const auto end = closing(text, *open);
    const auto inner = text.substr(copied, (end ? end->at : text.size()) - copied);
    const auto colon = end ? after_spaces(text, end->after()) : text.size();
    if (colon < text.size() && text[colon] == ':') {
      const auto value = after_spaces(text, colon + 1);
      const bool secret = is_secret_name(inner);
      copy_to(secret ? value : colon + 1);
      if (secret && value < text.size()) copied = mask_value(text, value, out);
    } else {
      // A text; there may be JSON or a link in it, and it may be cut.
      out += inner.find('"') == std::string_view::npos ? mask_link(inner) : mask_json(inner);
      copied += inner.size();
      if (!end) return out;
      copy_to(end->after());
    }
  }
  return out.append(text.substr(copied));
}

/// Decoded as far as it can be: a cut or broken escape stays as it is, and hides nothing after it.
std::string decode_leniently(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto escape = text[i] == '%' ? net::percent_decode(text.substr(i, 3)) : std::nullopt;
    if (escape) i += 2;
    out += escape ? escape->front() : text[i] == '+' ? ' ' : text[i];
  }
  return out;
}

std::string mask_layer(std::string_view text, int layer);

/// One name=value of a form or query.
std::string mask_pair(std::string_view pair, int layer) {
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos) return std::string(pair);
  const std::string front(pair.substr(0, equals + 1));
  if (is_secret_name(decode_leniently(pair.substr(0, equals)))) return front + std::string(stars);
  if (layer >= max_layers) return std::string(pair);
  const auto value = decode_leniently(pair.substr(equals + 1));
  const auto masked = mask_layer(value, layer + 1);
  return masked == value ? std::string(pair) : front + net::percent_encode(masked);
}

std::string mask_form(std::string_view text, int layer) {
  std::string out;
  while (true) {
    const auto end = text.find('&');
    out += mask_pair(text.substr(0, end), layer);
    if (end == std::string_view::npos) return out;
    out += '&';
    text.remove_prefix(end + 1);
  }
}

/// A text of JSON, where it is a link that grants something: channels hand bills out by such.
std::string mask_link(std::string_view text) {
  constexpr std::string_view escaped = "\\u0026";
  const auto query = text.find('?');
  const auto place = text.substr(0, query);
  const bool link =
      query != std::string_view::npos && (place.find("://") != std::string_view::npos ||
                                          place.find(":\\/\\/") != std::string_view::npos);
  if (!link) return std::string(text);
  std::string out(text.substr(0, query + 1));
  text.remove_prefix(query + 1);
  while (true) {
    const auto end = std::min(text.find('&'), text.find(escaped));
    out += mask_pair(text.substr(0, end), max_layers);
    if (end == std::string_view::npos) return out;
    const auto border = text.substr(end, text[end] == '&' ? 1 : escaped.size());
    out += border;
    text.remove_prefix(end + border.size());
  }
}

std::string mask_layer(std::string_view text, int layer) {
  const auto first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const bool json = first != std::string_view::npos &&
                    (text[first] == '{' || text[first] == '[' || text[first] == '"');
  if (json || text.find('=') == std::string_view::npos) return mask_json(text);
  return mask_json(mask_form(text, layer));
}

/// The longest front of at most `max` bytes that ends at a character's border.
std::string_view cut(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xC0) == 0x80) --max;
  return text.substr(0, max);
}

}  // namespace

std::string mask_text(std::string_view text) {
  return mask_layer(text, 0);
}

std::string mask_url(std::string_view url) {
  const auto scheme = url.find("://");
  const auto host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto path = std::min(url.find_first_of("/?#", host), url.size());
  const auto at = url.substr(0, path).rfind('@');
  std::string out(url.substr(0, host));
  const auto query = url.find('?', path);
  const auto rest = at == std::string_view::npos || at < host ? host : at + 1;
  out += url.substr(rest, std::min(query, url.size()) - rest);
  if (query != std::string_view::npos) out += "?" + mask_form(url.substr(query + 1), 0);
  return std::string(cut(out, url_bytes));
}

std::string mask_body(std::string_view body) {
  // Masked before it is cut: a value that the first cut goes through is taken out to its end.
  const auto front = cut(body, 2 * recorded_body_bytes);
  if (!is_valid_utf8(front)) return "(binary, " + std::to_string(body.size()) + " bytes)";
  return std::string(cut(mask_text(front), recorded_body_bytes));
}

std::string mask_header(const sdk::Header& header) {
  if (header.secret || is_secret_name(header.name)) return std::string(stars);
  return mask_text(header.value);
}

}  // namespace tollgate::channel
