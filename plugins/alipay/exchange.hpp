// Calls of the gateway one after the other, and between them the certificate that believing an
// answer needs.
#pragma once

#include <cstdint>
#include <optional>

#include "alipay/account.hpp"
#include "alipay/answer.hpp"
#include "alipay/error.hpp"

namespace tollgate::alipay {

/// start ─▶ call ─▶ [certificate, where the answer names one not known] ─▶ next call or outcome
/// An answer goes to `answered` once its signature held, whatever its code. All other endings are
/// decided here: unknown, or retry where the gateway says without a signature that it is called
/// too often.
class Exchange : public sdk::Operation {
 public:
  explicit Exchange(const Account& account) : account_(account) {}
  sdk::Step start(std::int64_t now_ms) final { return ask(now_ms); }
  sdk::Step resume(const sdk::Response& response, std::int64_t now_ms) final;

 protected:
  struct Call {
    std::string_view method;  ///< Lives as long as the program.
    std::string biz_content;
    bool resend_safe = false;  ///< Sending it twice has the effect of once, and the same answer.
    std::string_view notify_url = {};
  };

  /// The first call, or the outcome of a wish that cannot be sent.
  virtual sdk::Step ask(std::int64_t now_ms) = 0;
  /// The signature held.
  virtual sdk::Step answered(const Answer& answer, std::int64_t now_ms) = 0;

  /// The request of a call, whose answer is awaited from now on.
  sdk::Request request(Call call, std::int64_t now_ms);

  const Account& account_;

 private:
  sdk::Step judge(const sdk::Response& response, std::int64_t now_ms, bool may_download);

  std::string_view method_;
  std::optional<sdk::Response> held_;  // waits for its certificate
  std::string wanted_sn_;
};

}  // namespace tollgate::alipay
