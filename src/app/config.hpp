// Configuration: one JSON file with comments. docs and design name every key; here they become
// typed.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/keys.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"

namespace tollgate::app {

/// What happens with money that comes for an order which takes none any more.
enum class LatePayment { refund, accept, hold };

/// How buyers become known to an account whose channel wants to know them (WeChat's openid).
struct OpenidEntry {
  std::string app_id;
  Secret<std::string> app_secret;
  std::string authorize_url, token_url;
};

/// One element of "accounts" as it stands in the file, variables put in. See build_accounts.
struct AccountEntry {
  std::size_t index = 0;  ///< In the array, for pointers.
  std::string id, channel, gateway;
  std::vector<std::pair<std::string, Secret<std::string>>> settings;
  std::optional<OpenidEntry> openid;
  std::optional<std::int64_t> fee_ppm;  ///< "fee_rate", in millionths.
};

struct Config {
  std::string file;  ///< Absolute; paths in it are relative to its folder.
  std::string listen_address = "127.0.0.1";
  std::uint16_t listen_port = 8080;  ///< 0: the system picks.
  std::string public_url;            ///< Absolute http(s), no slash at the end.
  std::string database_url;  ///< "sqlite:<absolute path>" or "mysql://…" (holds a password).
  /// Units of work in one transaction, at most. It has no key: TOLLGATE_GROUP_COMMIT=off in the
  /// environment makes it 1, so that a benchmark can show what group commit is worth.
  std::size_t database_group = 256;
  std::string plugin_dir;                    ///< Absolute.
  int threads = 2;                           ///< I/O threads, 1–64.
  std::vector<std::string> trusted_proxies;  ///< IP addresses.
  log::Level log_level = log::Level::info;

  std::vector<api::ApiKey> api_keys;

  std::int64_t order_expires_in_s = 1800;
  std::vector<std::int64_t> payment_query_gaps_s{5,   10,  20,  30,   60,   120,
                                                 180, 300, 600, 1200, 1800, 3600};
  std::int64_t channel_timeout_ms = 15'000;
  std::int64_t callback_max_body_bytes = 65'536;
  std::int64_t callback_max_age_s = 300;
  LatePayment late_payment = LatePayment::refund;
  std::map<std::string, std::int64_t, std::less<>> refund_approval_over;  ///< By currency code.
  std::int64_t webhook_timeout_ms = 15'000;
  std::vector<std::int64_t> webhook_gaps_s{0,     5,     300,   1800,  7200,
                                           18000, 36000, 50400, 72000, 86400};
  bool webhook_allow_private_networks = false;

  bool reconciliation_daily = true;
  std::int64_t reconciliation_at_s = 3 * 3'600;  ///< Of the UTC day.

  std::vector<AccountEntry> accounts;
};

/// Everything that is wrong, each with its JSON pointer; never a setting's value.
struct ConfigProblems {
  std::vector<FieldError> list;
};
[[noreturn]] void throw_exception_from_error(const ConfigProblems& problems,
                                             const boost::source_location& at);

template <class T>
using ConfigResult = boost::system::result<T, ConfigProblems>;

/// The path in an "sqlite:" database_url. Throws std::runtime_error for other engines.
std::string database_file(const Config& config);

/// A variable of the environment; nothing where it is unset.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Where configuration comes from beside its file.
struct ConfigSources {
  Environment environment;
  std::string
      executable_dir;  ///< A folder "plugins" in it stands in for a missing default plugin_dir.

  /// Of this process.
  static ConfigSources of_process();
};

/// Reads the file. Strings may hold "${NAME}". Does not look at plugins: see build_accounts.
ConfigResult<Config> load_config(const std::string& file,
                                 const ConfigSources& sources = ConfigSources::of_process());

/// What can be read of a file that may have problems: what is wrong keeps its default, and an
/// account with something wrong is left out. For check-config, which names all problems at once.
struct ConfigReading {
  Config config;
  ConfigProblems problems;
};
ConfigReading read_config(const std::string& file, const ConfigSources& sources);

}  // namespace tollgate::app
