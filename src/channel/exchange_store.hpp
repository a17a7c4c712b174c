// The exchanges table, written by the driver.
#pragma once

#include <string_view>

#include "channel/exchange.hpp"
#include "db/database.hpp"

namespace tollgate::channel {

/// `outcome` is empty while the exchange has not ended.
void insert_exchange(db::Tx& tx, const ExchangeOwner& owner, const Exchange& exchange,
                     std::string_view outcome);
/// Completes a row that insert_exchange wrote before the exchange was sent.
void complete_exchange(db::Tx& tx, const Exchange& exchange, std::string_view outcome);

/// Exchanges that callbacks caused belong to no attempt, and anybody can cause them: the newest 500
/// of an account are kept.
void bound_callback_exchanges(db::Tx& tx, std::string_view account_id);

}  // namespace tollgate::channel
