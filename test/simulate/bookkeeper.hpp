// Who lays the channel's bills beside the server's books: in the storm, while all goes wrong, and
// in the calm after it with faults of bills that must be found.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "simulate/books.hpp"
#include "simulate/caller.hpp"
#include "simulate/channel_side.hpp"
#include "simulate/chaos.hpp"

namespace tollgate::simulate {

/// A day at the channel.
struct BillDay {
  std::string date;  ///< YYYY-MM-DD
  TimeMs from;
};
BillDay bill_day_of(TimeMs moment);

/// So long after its day the server has reconciled a bill: it asks at 03:00 UTC, which is 11:00 at
/// the channel, and the latest bills are there at 13:00.
inline constexpr std::int64_t bill_after_ms = 16 * hour_ms;

/// A fault that was put into a bill in the calm, and what was found of it.
struct Plant {
  std::string fault, account, date, number;
  std::string kind;    ///< The difference that it must give; empty: none.
  bool asked = false;  ///< The channel's answer agrees with us; else an operator must look.
  bool completed = false;
  std::vector<DifferenceRow> found;  ///< Of that day, right after.
};

class Bookkeeper {
 public:
  struct Parts {
    World& world;
    Process& process;
    Caller& caller;
    ChannelSide& channel;
    Chaos& chaos;
  };
  Bookkeeper(Parts parts, std::vector<app::AccountEntry> accounts)
      : p_(parts), accounts_(std::move(accounts)) {}

  /// Asks for reconciliations of today and yesterday, until told.
  boost::asio::awaitable<void> hurry(std::int64_t until_ms);
  /// Puts faults into bills, has them reconciled, also across kills. All else is calm, the bills of
  /// the days until now are there.
  boost::asio::awaitable<void> plant_faults();
  /// Every day that may have had money, once more, with true bills.
  boost::asio::awaitable<void> reconcile_all(TimeMs until);
  /// Days that are over and that the server has not reconciled by itself since, nor said why not.
  std::vector<std::string> days_left_out(const Books& books) const;

  const std::vector<Plant>& plants() const { return plants_; }

 private:
  struct Place {
    const app::AccountEntry* account = nullptr;
    BillDay day;
  };
  std::optional<Plant> choose(const Place& place, const Books& books);
  boost::asio::awaitable<void> try_plant(Place place);
  boost::asio::awaitable<bool> reconcile(std::string account, std::string date);
  boost::asio::awaitable<void> settle_by_hand(const std::vector<DifferenceRow>& found);
  Books read_books() const;

  Parts p_;
  const std::vector<app::AccountEntry> accounts_;
  std::vector<Plant> plants_;
};

}  // namespace tollgate::simulate
