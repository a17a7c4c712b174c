// A request to the simulated WeChat Pay and its answer, while one of them is made.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "sandbox/wechat.hpp"

namespace tollgate::sandbox {

/// An authentic request on its way.
struct Wechat::Call {
  const net::Request& request;
  const WechatMerchant& merchant;
  const std::optional<Fault>& fault;
};

struct Wechat::Answer {
  int status = 200;
  std::string body;
  std::string verdict = "accepted";

  Answer(int s, std::string b) : status(s), body(std::move(b)) {}
  Answer(const WechatError& error)  // NOLINT(google-explicit-constructor): a refusal is an answer
      : status(error.status),
        body(error.body()),
        verdict(error.code + (error.issue.empty() ? "" : ": " + error.field + " " + error.issue)) {}
};

inline WechatError wechat_refusal(int status, std::string code, std::string message) {
  WechatError error;
  error.status = status;
  error.code = std::move(code);
  error.message = std::move(message);
  return error;
}

}  // namespace tollgate::sandbox
