// A downloaded bill (wechat.md section 3.6): gzip over a table, read piece by piece.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto.hpp"
#include "common/inflate.hpp"
#include "common/lines.hpp"
#include "common/table.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::wechat {

/// trade: payments and refunds with their fees. fund: movements of the account.
enum class BillType { trade, fund };

/// Holds a line at most, and the lines of the bill that were read but not yet taken.
class BillFile {
 public:
  /// `sha1_hex` is what was announced for the unpacked file, in any case.
  BillFile(BillType type, std::string sha1_hex) : type_(type), sha1_hex_(std::move(sha1_hex)) {}

  /// False: it is no such file; problem() says why.
  bool feed(std::string_view piece);
  /// The file has ended: true where it was whole, has the announced hash and its totals are those
  /// of its lines.
  bool finish();
  std::string_view problem() const { return problem_; }
  std::vector<sdk::BillLine> take_lines() { return std::exchange(lines_, {}); }

 private:
  enum class Part { head, lines, totals_head, totals, over };
  /// What the totals say, or the lines add up to. Fees in hundred-thousandths of a yuan.
  struct Sums {
    std::int64_t count = 0, paid = 0, back = 0, fees = 0;
    std::int64_t in_count = 0, in = 0, out_count = 0, out = 0;
  };
  bool fail(std::string_view why);
  bool text(std::string_view piece);
  bool line(std::string_view text);
  bool head(std::string_view text);
  bool take_columns(common::Columns& columns, std::string_view text);
  bool trade(const common::Cells& cells);
  bool fund(const common::Cells& cells);
  bool totals(const common::Cells& cells);

  const BillType type_;
  const std::string sha1_hex_;
  common::Inflater inflater_{common::Inflater::Kind::gzip};
  common::Sha1 sha1_;
  common::LineSplitter splitter_;
  common::Columns columns_, total_columns_;
  Part part_ = Part::head;
  Sums sums_;
  std::vector<sdk::BillLine> lines_;
  std::string problem_;
};

}  // namespace tollgate::wechat
