// One operation or callback of a plugin under way, seen from the host: what to send and what came
// of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "channel/abi_reader.hpp"
#include "channel/account.hpp"
#include "net/http_client.hpp"

namespace tollgate::channel {

/// begin or begin_callback once, then resume after each Request. Used by one thread at a time.
/// Never throws for what the plugin does: that is Broken, after which nothing more may be asked.
class Dialogue {
 public:
  explicit Dialogue(std::shared_ptr<Account> account) : account_(std::move(account)) {}
  ~Dialogue();
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

  /// The inputs are read during the call only.
  Step begin(const sdk::OperationInput& input, TimeMs now);
  Step begin_callback(const net::Request& request, std::int64_t max_age_s, TimeMs now);
  Step resume(const net::ClientResponse& response, TimeMs now);
  /// The next piece of a streamed answer, of which `head` has come.
  Step resume_piece(const net::ClientResponse& head, std::string_view piece, TimeMs now);
  /// The whole of a streamed answer as pieces of at most `piece_bytes` and an end: for who has it
  /// whole (tests, the conformance suite). A step that does not ask for more ends it early.
  Step resume_in_pieces(const net::ClientResponse& response, std::size_t piece_bytes, TimeMs now);
  /// What of a bill the steps since the last call have read.
  std::vector<sdk::BillLine> take_lines();

  Account& account() const { return *account_; }

 private:
  struct StepSlot;
  template <class F>
  Step enter(F f);
  Step tell(const net::ClientResponse& response, std::string_view body, bool more, TimeMs now);

  std::shared_ptr<Account> account_;
  tg_operation* operation_ = nullptr;
  bool of_callback_ = false;
  bool of_bill_ = false;
  std::vector<sdk::BillLine> lines_;
};

}  // namespace tollgate::channel
