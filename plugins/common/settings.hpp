// An account's settings as a plugin reads them. Whatever is wrong is a sdk::SettingError: one
// sentence that names the setting and never its value.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "common/crypto.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::common {

/// Throws the SettingError "setting <name> <what>".
[[noreturn]] void refuse(std::string_view setting, std::string_view what);

class Settings {
 public:
  /// Throws for a setting that is not declared, one that is no text, and a required one that is
  /// missing.
  Settings(std::string_view json, std::span<const sdk::Setting> declared);

  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  /// The value, or "" where an optional one was left out.
  const std::string& text(std::string_view name) const;
  /// A value of at most `max` characters, all of [0-9A-Za-z] or one of `also`.
  const std::string& token(std::string_view name, std::size_t max,
                           std::string_view also = {}) const;
  /// Keys in PEM, or its base64 alone.
  PrivateKey private_key(std::string_view name) const;
  PublicKey public_key(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Where an account's requests go.
struct Gateway {
  std::string origin;  ///< "https://host[:port]"
  std::string path;    ///< "" or "/prefix", part of what is signed.
};

/// Throws SettingError for what is no URL and for plain http to anything but the own machine.
Gateway parse_gateway(std::string_view url);

}  // namespace tollgate::common
