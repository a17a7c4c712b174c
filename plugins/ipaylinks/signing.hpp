// The signature over a flat message (ipaylinks.md section 2). What is unsure about it is in Rule,
// with the best guess as its default.
#pragma once

#include <string>
#include <string_view>

#include "common/form.hpp"

namespace tollgate::ipaylinks {

struct Rule {
  std::string field;            ///< "signMsg" or "sign": not signed itself.
  std::string tail = "&pkey=";  ///< Between the fields and the key.
  bool keep_empty = false;      ///< Fields without a value are signed too.
  bool trim = false;            ///< White space around values is not signed.
  bool upper = false;           ///< Hexadecimal in upper case.
};

class Signer {
 public:
  Signer(Rule rule, std::string key) : rule_(std::move(rule)), key_(std::move(key)) {}

  /// name=value of all fields but the signature, by name, joined by '&', then tail and key.
  std::string text(const common::Form& form) const;
  /// MD5 of the text, hexadecimal.
  std::string sign(const common::Form& form) const;
  void add_signature(common::Form& form) const { form[rule_.field] = sign(form); }
  bool holds(const common::Form& form) const;

  /// A value that only we can make of this text, for the field that comes back as it went.
  std::string seal(std::string_view text) const;

  const std::string& field() const { return rule_.field; }

 private:
  Rule rule_;
  std::string key_;
};

}  // namespace tollgate::ipaylinks
