// What a reconciliation asks of the payments and of the refunds. The app hands implementations in;
// the modules never meet.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "reconciliation/model.hpp"

namespace tollgate::reconciliation {

/// What the channel said when it was asked about one payment or refund.
struct Answer {
  bool told = false;         ///< False: it could not be asked, or gave no usable answer; ask again.
  bool moved = false;        ///< It says that the money moved …
  std::int64_t amount = -1;  ///< … and how much of it; -1: not told.
  std::string currency, code, message;
};

/// A place in the list of what moved: the beginning as it is made, else as it was handed out.
struct After {
  int part = 0;
  TimeMs time;
  std::int64_t number = 0;
};

/// A stretch of that list.
struct Moved {
  std::vector<Ours> rows;
  After next;
  bool more = false;
};

/// The payments' books, and in the same shape the refunds'.
class Books {
 public:
  virtual ~Books() = default;
  /// By our number, of any account; or by the channel's own, of this account, where `number` begins
  /// with '#'.
  virtual std::optional<Ours> find(db::Tx& tx, const std::string& account_id,
                                   const std::string& number) = 0;
  /// Whose money moved within the day, about `limit` at a time.
  virtual Moved moved(db::Tx& tx, const std::string& account_id, const Day& day, After after,
                      int limit) = 0;
  /// Asks the channel and applies its answer as that of any query. Not inside a unit of work.
  virtual boost::asio::awaitable<Answer> ask(std::string number) = 0;
};

}  // namespace tollgate::reconciliation
