// What all pages for buyers are made of. They need no scripts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http.hpp"
#include "sandbox/channel.hpp"

namespace tollgate::sandbox::page {

/// 12.34 CNY as "¥12.34"; other currencies with their code, whose minor units are told by ISO 4217.
std::string money_text(std::int64_t minor, std::string_view currency);
/// Safe inside an element and inside a quoted attribute.
std::string html_escape(std::string_view text);

struct Frame {
  std::string title;
  std::string header;      ///< Above the content.
  std::string accent;      ///< A CSS colour; the phone's own where empty.
  bool may_leave = false;  ///< Forms may lead to the merchant's pages.
};
/// A whole page around `content`, which is HTML.
net::Response make(int status, const Frame& frame, std::string_view content);

/// One line of a list of facts; `label` is HTML, `value` is text.
std::string row(std::string_view label, std::string_view value);
std::string hidden(std::string_view name, std::string_view value);
/// A form that posts `fields` (HTML) to `action` (text).
std::string form(std::string_view action, std::string_view fields, std::string_view button);
/// `go`: the one that stands out. `label` is HTML.
std::string button(std::string_view label, bool go = false);
std::string link_button(std::string_view url, std::string_view label);
/// A big mark, a title and more below; all HTML.
std::string card(std::string_view mark, std::string_view title, std::string_view more);
/// Whom one pays, how much and what for.
std::string receipt(const Trade& trade, std::string_view shop);
/// The button that leads back to the shop; nothing where there is no way.
std::string way_back(const WayBack& way);

}  // namespace tollgate::sandbox::page
