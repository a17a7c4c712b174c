// A request to the simulated PayPal and its answer, while one of them is made.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sandbox/paypal.hpp"

namespace tollgate::sandbox {

/// An authorised request on its way.
struct Paypal::Call {
  const net::Request& request;
  const PaypalApp& app;
  const std::optional<Fault>& fault;

  std::string header(std::string_view name) const {
    return std::string(request.headers.find(name).value_or(""));
  }
  /// What a request id is remembered by; empty without one.
  std::string once(std::string_view operation) const {
    const std::string id = header("PayPal-Request-Id");
    if (id.empty()) return "";
    return app.client_id + "\n" + std::string(operation) + "\n" + id;
  }
  bool wants_all() const { return header("Prefer") == "return=representation"; }
};

struct Paypal::Answer {
  int status = 200;
  std::string body;
  std::optional<PaypalError> error;

  Answer(int s, std::string b) : status(s), body(std::move(b)) {}
  Answer(PaypalError e)  // NOLINT(google-explicit-constructor): a refusal is an answer
      : status(e.status), error(std::move(e)) {}
};

/// Capital letters and digits, as PayPal's ids are made of.
std::string paypal_id(Random& random, std::size_t count);

}  // namespace tollgate::sandbox
