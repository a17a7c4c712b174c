// The stable words of operations and their ends, as rows, logs and metrics show them.
#pragma once

#include <string_view>

#include "tollgate/channel.hpp"

namespace tollgate::channel {

/// Callbacks are no operation of the SDK's enum; in the chain they stand under this kind.
inline constexpr auto callback_kind = static_cast<sdk::OperationKind>(TG_OP_CALLBACK);

std::string_view to_string(sdk::OperationKind kind);
std::string_view to_string(sdk::Verdict verdict);
std::string_view to_string(sdk::Reason reason);
std::string_view to_string(sdk::Refusal refusal);
std::string_view to_string(sdk::Transport transport);

/// [a-z0-9_]{1,max}
bool is_word(std::string_view text, std::size_t max);

}  // namespace tollgate::channel
