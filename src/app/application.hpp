// The shell around the platform: storage, sockets, threads, the worker lease and the service
// manager.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/config.hpp"

namespace tollgate::app {

class Application {
 public:
  /// Opens the database (migrating a SQLite file), loads plugins and accounts, makes the platform.
  /// Nothing runs yet. `on_fatal` is called, once and from any thread, when the process must end:
  /// the storage failed, or the lease of the worker number was lost. Throws ConfigError,
  /// db::DatabaseError or std::runtime_error with a text for the operator.
  Application(Config config, std::function<void()> on_fatal);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  /// Starts the background work, then the server. Throws when the address cannot be had.
  void start();

  /// SIGHUP: reads the file again and swaps accounts, keys and webhooks' defaults. What is wrong is
  /// logged and changes nothing.
  void reload();

  /// Not ready, stops accepting, finishes requests and background work, gives the lease back.
  void stop();

  std::uint16_t port() const;

 private:
  void try_reload();
  void finish_background();

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The configuration, or the plugins and accounts that it names, are wrong.
class ConfigError : public std::runtime_error {
 public:
  ConfigError(std::string file, std::vector<FieldError> problems)
      : std::runtime_error("the configuration is not sound"),
        file_(std::move(file)),
        problems_(std::move(problems)) {}
  const std::string& file() const { return file_; }
  const std::vector<FieldError>& problems() const { return problems_; }

 private:
  std::string file_;
  std::vector<FieldError> problems_;
};

}  // namespace tollgate::app
