// What the gateway answers (alipay.md section 2.2): a node whose bytes are signed, and beside it
// the signature.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/json.hpp"

namespace tollgate::alipay {

/// The parts of an answer as its text has them.
struct AnswerText {
  std::string_view node;  ///< The bytes that are signed; points into the body.
  std::string sign;       ///< "" where there is none.
  std::string cert_sn;    ///< Of Alipay's certificate; "" in key mode.

  /// Nothing where the body is no JSON object, has not exactly one of the node of `method` and
  /// error_response, has a name twice, or the node is no object (an encrypted answer).
  static std::optional<AnswerText> read(std::string_view body, std::string_view method);
};

/// "alipay.trade.query" → "alipay_trade_query_response".
std::string node_name(std::string_view method);

/// A node's content.
class Answer {
 public:
  /// `node` is what was verified, not what it was verified for. Nothing where it has a name twice
  /// or no `code`.
  static std::optional<Answer> read(std::string_view node);

  const std::string& code() const { return code_; }
  bool ok() const { return code_ == "10000"; }
  /// A text of the node; "" where there is none.
  std::string_view text(std::string_view name) const;

 private:
  explicit Answer(common::JsonDocument node) : node_(std::move(node)) {}
  common::JsonDocument node_;
  std::string code_;
};

}  // namespace tollgate::alipay
