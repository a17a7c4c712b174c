// The plugin that is examined, as the server would take it in, and how to run what it offers.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "channel/account.hpp"
#include "channel/dialogue.hpp"
#include "net/http.hpp"
#include "net/http_client.hpp"

namespace tollgate::conformance {

using Settings = std::vector<std::pair<std::string, std::string>>;

/// What the caller gives.
struct Given {
  std::string path;  ///< Of the .so.
  std::string gateway;
  Settings settings;  ///< Names and values, files already read; none: no account is made.
};

/// It cannot be examined further: one sentence.
class Unfit : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One operation or callback, carried to its end.
struct Walk {
  channel::Step end;  ///< Never a Request nor Continue.
  std::vector<sdk::Request> requests;
  std::int64_t slowest_ms = 0;  ///< The longest that the plugin took for one step.
};

/// Lives in a process of its own for one rule; loads the plugin when it is asked for.
class Subject {
 public:
  using Answer = std::function<net::ClientResponse(const sdk::Request&)>;

  explicit Subject(Given given) : given_(std::move(given)) {}

  const Given& given() const { return given_; }
  /// Throws Unfit with the loader's sentence.
  std::shared_ptr<const channel::Plugin> plugin();
  Result<std::shared_ptr<channel::Account>> build(const std::string& gateway,
                                                  const Settings& settings);
  /// By the settings that were given. Throws Unfit with the plugin's sentence.
  std::shared_ptr<channel::Account> account();
  /// Values of settings that the plugin declares secret, and long enough to be told from others.
  std::vector<std::string> secrets();

  Walk walk(const sdk::OperationInput& input, const Answer& answer);
  Walk walk(const net::Request& callback, const Answer& answer);

 private:
  Walk carry(const std::function<channel::Step(channel::Dialogue&)>& begin, const Answer& answer,
             int sends);

  Given given_;
  SystemClock clock_;
  SystemRandom random_;
  std::shared_ptr<const channel::Plugin> plugin_;
};

}  // namespace tollgate::conformance
