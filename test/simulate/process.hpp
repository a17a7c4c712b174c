// The server as a process that can be started, stopped and killed: the production platform over a
// disk that outlives it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "app/config.hpp"
#include "channel/plugin.hpp"
#include "db/stepped_database.hpp"
#include "simulate/network.hpp"
#include "simulate/world.hpp"

namespace tollgate::simulate {

class Process {
 public:
  /// `config` names accounts of the plugins in `registry`; `master` is the master key.
  Process(World& world, Network& network, app::Config config, Secret<std::string> master,
          std::uint64_t seed);
  /// Kills.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  SimulatedClock& clock() { return clock_; }
  db::MemoryDisk& disk() { return disk_; }

  bool up() const { return life_ != nullptr && !stopping_; }
  void start();
  /// kill -9: what is not committed is gone, who waits for an answer gets none.
  void kill();
  /// SIGTERM, to its end.
  boost::asio::awaitable<void> stop();
  /// One of its threads gets no processor for a while.
  void stall(std::int64_t ms);
  /// Requests that wait for their answers.
  std::size_t answering() const { return waiting_.size(); }

  /// Hands a request to the gate; `answered` is called once: with nothing where the process is not
  /// up, or dies first.
  using Answered = std::function<void(std::optional<net::Response>)>;
  void request(net::Request request, Answered answered);

 private:
  struct Life;

  World& world_;
  Network& network_;
  const app::Config config_;
  const Secret<std::string> master_;
  SimulatedClock clock_;
  SeededRandom random_;
  channel::PluginRegistry registry_;
  db::MemoryDisk disk_;
  std::unique_ptr<Life> life_;
  bool stopping_ = false;
  std::map<std::uint64_t, Answered> waiting_;
  std::uint64_t last_request_ = 0;
};

}  // namespace tollgate::simulate
