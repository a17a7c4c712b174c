// One signed exchange with WeChat Pay, and around it the certificates that believing the answer
// needs.
#pragma once

#include <cstdint>
#include <optional>

#include "wechat/account.hpp"
#include "wechat/trade.hpp"

namespace tollgate::wechat {

/// start ─▶ [certificates] ─▶ exchange ─▶ [certificates, for a serial not known] ─▶ outcome
/// An answer that is not 2xx goes to `refused`; one of 200 or 204 goes to `accepted` once its
/// signature held, and is unknown (unverified) before. All other endings are unknown.
class Exchange : public sdk::Operation {
 public:
  explicit Exchange(const Account& account) : account_(account) {}
  sdk::Step start(std::int64_t now_ms) final;
  sdk::Step resume(const sdk::Response& response, std::int64_t now_ms) final;

 protected:
  /// The request, or the outcome of a wish that cannot be sent.
  virtual sdk::Step ask(std::int64_t now_ms) = 0;
  /// The signature held.
  virtual sdk::Outcome accepted(const sdk::Response& response, std::int64_t now_ms) = 0;
  /// Nothing of it is signed.
  virtual sdk::Outcome refused(const ApiError& error) = 0;

  const Account& account_;

 private:
  enum class Phase { before, exchange, after };
  struct Arrived {
    sdk::Response response;
    std::int64_t at_ms;
  };
  sdk::Step after_exchange(const sdk::Response& response, std::int64_t now_ms);
  sdk::Outcome judge(const Arrived& answer, Check check);

  Phase phase_ = Phase::before;
  std::optional<Arrived> held_;  // waits for its certificate
};

}  // namespace tollgate::wechat
