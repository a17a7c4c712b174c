// The rule that lays one line of a bill against one row of our books. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "reconciliation/model.hpp"

namespace tollgate::reconciliation {

/// What differs; nothing where both agree. Lines of fees and others never differ. `fee_ppm` is what
/// the channel is to keep of a payment, in millionths: half a unit is rounded up, one unit of
/// rounding is let pass. A fee that the line does not bear differs whatever is configured.
std::optional<Kind> judge(const Line& line, const std::optional<Ours>& ours,
                          const std::string& account_id, std::optional<std::int64_t> fee_ppm);

/// What the channel keeps of `amount`.
std::int64_t fee_of(std::int64_t amount, std::int64_t fee_ppm);

/// Whether the channel kept or gave back no more than there was.
bool bears_fee(const Line& line);

/// Whether the line says that money moved.
bool moved(const Line& line);

}  // namespace tollgate::reconciliation
