// Runs a plugin through the C boundary as the host does, without a socket, and copies out what it
// says.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tollgate/channel.hpp"

namespace tollgate::test {

using Step = std::variant<sdk::Request, sdk::Outcome, sdk::CallbackVerdict, sdk::Continue>;

/// Loads a .so for good; throws where that fails.
const tg_plugin* load_plugin(const std::string& path);

/// One account's channel. Throws SettingError with the plugin's sentence where it refuses.
class Made {
 public:
  Made(const tg_plugin& plugin, std::string_view gateway, std::string_view settings_json);
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  ~Made();
  const std::string& receiver() const { return receiver_; }
  const tg_plugin& plugin() const { return plugin_; }
  tg_channel* handle() const { return handle_; }

 private:
  const tg_plugin& plugin_;
  tg_host host_;
  tg_channel* handle_ = nullptr;
  std::string receiver_;
};

/// One operation under way.
class Run {
 public:
  Run(const Made& made, const sdk::OperationInput& input, std::int64_t now_ms);
  Run(const Made& made, const sdk::CallbackInput& input, std::int64_t now_ms);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  void resume(const sdk::Response& response, std::int64_t now_ms);
  /// A 2xx answer as a stream of pieces of `piece_bytes`, then its end; stops early where the
  /// operation asks for no more.
  void resume_in_pieces(const sdk::Response& response, std::size_t piece_bytes,
                        std::int64_t now_ms);
  const Step& step() const { return step_; }
  bool sending() const { return std::holds_alternative<sdk::Request>(step_); }
  /// These throw where the step is another one.
  const sdk::Request& request() const { return std::get<sdk::Request>(step_); }
  const sdk::Outcome& outcome() const { return std::get<sdk::Outcome>(step_); }
  /// All lines of a bill so far.
  const std::vector<sdk::BillLine>& lines() const { return lines_; }
  const sdk::CallbackVerdict& verdict() const { return std::get<sdk::CallbackVerdict>(step_); }

 private:
  void take(const tg_step& step);
  const tg_plugin& plugin_;
  tg_operation* handle_ = nullptr;
  Step step_;
  std::vector<sdk::BillLine> lines_;
};

/// The value of a header of a request, "" where it has none.
std::string header(const sdk::Request& request, std::string_view name);

}  // namespace tollgate::test
