// The gate of openapi: which app calls what, and is it signed (channel document, section 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "sandbox/alipay_keys.hpp"
#include "sandbox/form.hpp"

namespace tollgate::sandbox {

struct AlipayError {
  std::string code;
  std::string sub_code;
  std::string sub_msg;
};
AlipayError missing_parameter(std::string_view name);
AlipayError invalid_parameter(std::string_view name, std::string why);
/// 40004: understood, and refused.
AlipayError business_failure(std::string sub_code, std::string sub_msg);
std::string_view alipay_message(std::string_view code);

/// A call as it came in.
struct AlipayCall {
  Fields params;
  std::string method;
  const AlipayApp* app = nullptr;  ///< As claimed; nullptr where it does not exist.
  bool authentic = false;
  std::optional<AlipayError> error;

  std::string param(std::string_view name) const { return field_of(params, name); }
};

class AlipayGateway {
 public:
  /// How far a timestamp may be off, either way.
  static constexpr std::int64_t max_age_s = 600;

  /// Freshness is judged by `clock`, the true one.
  AlipayGateway(const AlipayKeys& keys, const Clock& clock) : keys_(keys), clock_(clock) {}

  /// The parameters of the query and of a form in the body, checked.
  AlipayCall read(const net::Request& request) const;
  /// The same for fields that came another way: an app's order string.
  AlipayCall check(Fields params) const;

 private:
  std::optional<AlipayError> problem(const AlipayCall& call) const;
  std::optional<AlipayError> certificate_problem(const AlipayCall& call) const;
  std::optional<AlipayError> time_problem(const AlipayCall& call) const;
  std::optional<AlipayError> signature_problem(const AlipayCall& call) const;

  const AlipayKeys& keys_;
  const Clock& clock_;
};

/// yyyy-MM-dd HH:mm:ss in China.
std::string alipay_time(TimeMs time);
/// Strict; nothing for another text or a date that does not exist.
std::optional<TimeMs> read_alipay_time(std::string_view text);

}  // namespace tollgate::sandbox
