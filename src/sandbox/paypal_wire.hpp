// How bodies of PayPal's are read and written (channel document, section 3).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "sandbox/paypal_error.hpp"

namespace tollgate::sandbox {

struct PaypalMoney {
  std::int64_t minor = 0;  ///< ISO 4217 minor units.
  std::string currency;
};

/// Reads members; the first complaint is the one that is answered.
class PaypalReader {
 public:
  void complain(PaypalError error) {
    if (!error_) error_ = std::move(error);
  }
  std::string text(json::Object& object, std::string_view name, std::size_t max, bool required);
  void word(json::Object& object, std::string_view name,
            std::initializer_list<std::string_view> known);
  /// The member `amount`; nothing, with a complaint, where it is missing or unsound.
  std::optional<PaypalMoney> amount(json::Object& object);
  /// The first complaint; without one, the first of what the reading of members found.
  std::optional<PaypalError> take(json::Errors& errors);

 private:
  std::optional<PaypalError> error_;
};

void paypal_write_money(json::Writer& out, std::string_view name, std::int64_t minor,
                        const std::string& currency);
void paypal_write_link(json::Writer& out, std::string_view rel, const std::string& href,
                       std::string_view method);

}  // namespace tollgate::sandbox
