// The standard links of the chain.
#pragma once

#include "channel/driver.hpp"

namespace tollgate::channel {

/// Adds, outside in:
///   metrics  tollgate_channel_operations_total{channel,operation,verdict},
///   tollgate_channel_operation_seconds audit    one log line for each operation, channel.operation
///   alert    channel.alert (level error) and tollgate_channel_alerts_total{channel,reason} where a
///            human must look: configuration, unverified, plugin_exception
///   breaker  refuses with unknown / breaker_open while the account's breaker is open; transport
///            failures, 5xx, unverified answers and plugin exceptions are its failures
/// `metrics` outlives the driver.
void add_standard_handlers(Driver& driver, Metrics& metrics);

}  // namespace tollgate::channel
