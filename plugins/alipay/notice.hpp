// A notice's form and its proof (alipay.md section 5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "alipay/trust.hpp"
#include "common/form.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::alipay {

/// A notice whose signature held.
class Notice {
 public:
  /// The value of a field as it came; "" where there is none.
  std::string_view text(std::string_view name) const;

 private:
  friend struct Opened;
  explicit Notice(common::Form fields) : fields_(std::move(fields)) {}
  common::Form fields_;
};

/// The notice, or why it is refused. RSA2 alone is taken, and alone the rule of trade notices:
/// what is signed is everything but sign and sign_type.
struct Opened {
  std::optional<Notice> notice;
  sdk::Refusal refusal = sdk::Refusal::malformed;

  static Opened open(const sdk::CallbackInput& input, const Trust& trust, std::int64_t now_ms);
};

}  // namespace tollgate::alipay
