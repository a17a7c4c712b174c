// The chain of handlers around operations: order, and the promise that each `before` that passed
// has its end.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channel/driver.hpp"

namespace tollgate::channel {

/// Handlers run outside in before, inside out at the end. What a handler throws is logged and does
/// not reach the operation.
class Chain {
 public:
  void add(std::unique_ptr<OperationHandler> handler) { handlers_.push_back(std::move(handler)); }

  /// `entered` tells how many handlers let it pass; an outcome refuses the operation.
  std::optional<sdk::Outcome> before(const OperationView& view, Account& account,
                                     std::size_t& entered) const;
  /// Ends the operation for the first `entered` handlers: exception() for plugin_exception, else
  /// after().
  void finish(const OperationView& view, Account& account, const sdk::Outcome& outcome,
              std::size_t entered) const;
  /// exception() of all, for what has no before: a callback.
  void exception(const OperationView& view, Account& account, const std::string& what) const;

 private:
  std::vector<std::unique_ptr<OperationHandler>> handlers_;
};

}  // namespace tollgate::channel
