// One request to a channel and its answer, with the faults that are played on it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/http.hpp"
#include "net/router.hpp"
#include "sandbox/context.hpp"

namespace tollgate::sandbox {

/// What a channel made of a request.
struct Outcome {
  net::Response response;
  std::string mch_id;  ///< As claimed; empty where unknown.
  std::string verdict = "accepted";
  std::string operation;  ///< The channel's word where one path serves several; may be empty.
};

/// Owned by a channel. Thread-safe.
class Exchange {
 public:
  /// Acts on a request and answers it. Faults of what the answer says (unsigned, bad_signature,
  /// garbage, amount, pending) are the channel's to play.
  using Act = std::function<Outcome(net::Request&, const std::optional<Fault>&)>;
  /// The channel's error for the kinds status, frequency and refuse.
  using Refuse = std::function<net::Response(const net::Request&, const Fault&)>;

  struct Manner {
    std::string channel;
    bool signs_answers = true;
    Refuse refuse;
  };

  Exchange(Context& context, Manner manner) : context_(context), manner_(std::move(manner)) {}

  /// A route whose faults are those of `target`.
  net::Route route(net::Method method, std::string pattern, std::string target, Act act);
  net::Awaitable<net::Response> serve(std::string target, Act act, net::Request& request);
  /// Puts an answer on record that was given without faults.
  void record(const net::Request& request, const Outcome& outcome);

 private:
  net::Response finish(const net::Request& request, Outcome outcome,
                       const std::optional<Fault>& fault);
  void put_on_record(const net::Request& request, const Outcome& outcome, std::string played);

  Context& context_;
  const Manner manner_;
};

bool is(const std::optional<Fault>& fault, FaultKind kind);

}  // namespace tollgate::sandbox
