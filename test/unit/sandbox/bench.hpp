// A simulator without sockets, and a merchant whose cryptography is OpenSSL alone.
#pragma once

#include <rapidjson/document.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/http.hpp"
#include "sandbox/simulator.hpp"

namespace tollgate::sandbox::test {

inline constexpr const char* main_mch = "1900000001";
inline constexpr const char* main_app = "wx2421b1c4370ec43b";
inline constexpr const char* cert_mch = "1900000002";
inline constexpr const char* cert_app = "wx2421b1c4370ec43c";

// With OpenSSL, none of the simulator's code. All fail the test where the input is broken.
std::string rsa_sign_base64(const std::string& private_pem, std::string_view message);
bool rsa_verify_base64(const std::string& public_pem, std::string_view message,
                       const std::string& signature);
/// `pem` holds a certificate.
std::string public_pem_of_certificate(const std::string& pem);
std::string certificate_serial(const std::string& pem);
/// Opens base64(cipher text, tag); fails the test where the tag does not hold.
std::string open_gcm(const std::string& key, const std::string& nonce, const std::string& aad,
                     const std::string& base64);

std::string file_text(const std::string& path);
rapidjson::Document parsed(const std::string& text);
/// The member that a JSON pointer names, as text; numbers in decimal, "null" and "" where it is
/// missing.
std::string at(const rapidjson::Value& value, const char* pointer);

/// A placement's body: a valid one whose members a test may change.
struct Order {
  std::map<std::string, std::string> members;  // name → JSON
  explicit Order(const std::string& out_trade_no, const std::string& mch = main_mch,
                 const std::string& app = main_app);
  Order& set(const std::string& name, const std::string& json) {
    return members[name] = json, *this;
  }
  Order& drop(const std::string& name) { return members.erase(name), *this; }
  std::string body() const;
};

/// The five fields of Authorization before they are written, and the rest of the request.
struct Draft {
  net::Method method = net::Method::post;
  std::string target;
  std::string body;
  std::string mch_id = main_mch;
  std::string nonce;
  std::string timestamp;
  std::string serial;
  std::string signed_body;  ///< What the signature covers; the body where it is empty.
  std::string key_file = "merchant_key.pem";
  std::function<void(net::Headers&)> headers = [](net::Headers&) {};
};

class Bench {
 public:
  explicit Bench(const char* scale = "1");
  ~Bench() { simulator.stop(); }

  /// A signed request that passes every check.
  Draft draft(net::Method method, std::string target, std::string body = "",
              const std::string& mch_id = main_mch);
  net::Request request(const Draft& draft) const;
  net::Response send(const Draft& draft);
  net::Response place(const Order& order, const std::string& method = "native");
  net::Response query(const std::string& number, const std::string& mch = main_mch);
  net::Response close(const std::string& number);
  /// A call of the control interface.
  net::Response control(net::Method method, const std::string& path, const std::string& body = "");
  rapidjson::Document control_json(const std::string& path, const std::string& body);
  net::Response answer(net::Request& request);

  std::string key_path(const std::string& name) const;
  std::string key_text(const std::string& name) const;
  /// Verifies an answer of the simulator under the key that it names.
  bool is_signed(const net::Response& response) const;

  /// The code of an error body, "" for 2xx.
  static std::string code(const net::Response& response);

  SystemClock system;
  ManualClock clock;
  SystemRandom random;
  Simulator simulator;
};

}  // namespace tollgate::sandbox::test
