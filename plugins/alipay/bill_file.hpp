// A downloaded bill (alipay.md section 3.6): a zip archive of tables in GBK, read piece by piece.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/lines.hpp"
#include "common/table.hpp"
#include "common/unzip.hpp"
#include "tollgate/channel.hpp"

namespace tollgate::alipay {

/// Reads the one table of single trades (…_业务明细.csv) and skips the others, which sum it up.
/// Holds a line at most, and the lines of the bill that were read but not yet taken.
class BillFile final : private common::Unzip::Receiver {
 public:
  /// False: it is no such file; problem() says why.
  bool feed(std::string_view piece);
  /// The file has ended: true where it was whole, and its totals, as far as they can be read, are
  /// those of its lines.
  bool finish();
  std::string_view problem() const { return problem_; }
  std::vector<sdk::BillLine> take_lines() { return std::exchange(lines_, {}); }

 private:
  enum class Part { none, head, lines, end };
  struct Sum {
    std::int64_t count = 0, amount = 0;
  };
  bool entry_begins(std::string_view name, bool utf8) override;
  bool entry_bytes(std::string_view piece) override;
  bool entry_ends() override;

  bool fail(std::string_view why);
  bool line(std::string_view gbk);
  bool remark(std::string_view text);
  bool head(std::string_view text);
  bool trade(std::string_view text);

  common::Unzip unzip_;
  common::LineSplitter splitter_;
  common::Columns columns_;
  Part part_ = Part::none;  // of the detail; head while no line of it was read
  bool detail_ = false;     // the entry that is read is the detail
  Sum paid_, back_;
  std::vector<sdk::BillLine> lines_;
  std::string problem_;
};

}  // namespace tollgate::alipay
