// A plugin over the SDK whose steps each test writes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "channel/plugin.hpp"

namespace tollgate::test {

/// What the toy's operations do next. `exchange` counts from 0; `response` is null at the start.
struct Toy {
  using Next = std::function<sdk::Step(int exchange, const sdk::Response* response)>;
  using NextOfCallback = std::function<sdk::CallbackStep(const sdk::CallbackInput& input,
                                                         const sdk::Response* response)>;
  Next next;
  NextOfCallback next_of_callback;
  std::vector<sdk::BillLine> lines;  ///< Given along with the next step, once.
  std::string gateway;
  std::string settings;
  std::vector<sdk::OperationInput> inputs;
};

/// The one toy of the program; a test sets it up first.
Toy& toy();

/// Channel "toy": method "qr" takes CNY and USD up to 1,000,000 and has all components but
/// fetch_bill; method "link" takes every currency and has pay, query and fetch_bill. The setting
/// "key" must be given and must not be "wrong".
std::shared_ptr<const channel::Plugin> toy_plugin();
/// The same plugin under the word "other".
std::shared_ptr<const channel::Plugin> other_plugin();

}  // namespace tollgate::test
