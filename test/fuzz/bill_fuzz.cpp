// Files of bills: what is read does not depend on where pieces are cut, lines are within the
// boundary's limits, and what is damaged is never whole.
#include <algorithm>

#include "../channel/files.hpp"
#include "alipay/bill_file.hpp"
#include "common/encoding.hpp"
#include "fuzz.hpp"
#include "wechat/bill_file.hpp"

namespace {

using tollgate::fuzz::Input;
namespace alipay = tollgate::alipay;
namespace sdk = tollgate::sdk;
namespace test = tollgate::test;
namespace wechat = tollgate::wechat;

struct Read {
  bool whole = false;
  std::vector<sdk::BillLine> lines;
};

void take(std::vector<sdk::BillLine> lines, Read& read) {
  constexpr std::size_t longest = 128;
  for (auto& line : lines) {
    const bool moved =
        line.kind == sdk::BillLineKind::payment || line.kind == sdk::BillLineKind::refund;
    MUST(!moved || line.amount >= 0);
    for (const auto* text : {&line.pay_no, &line.refund_no, &line.channel_trade_no,
                             &line.channel_refund_no, &line.currency, &line.channel_kind})
      MUST(text->size() <= longest && tollgate::common::is_utf8(*text));
    read.lines.push_back(std::move(line));
  }
}

/// In pieces of a size that `piece_bytes` says; 0: whole.
template <class File>
Read read(File file, std::string_view content, std::size_t piece_bytes) {
  Read read;
  bool well = true;
  const std::size_t step =
      piece_bytes == 0 ? std::max<std::size_t>(content.size(), 1) : piece_bytes;
  for (; well && !content.empty(); content.remove_prefix(std::min(step, content.size()))) {
    well = file.feed(content.substr(0, step));
    take(file.take_lines(), read);
  }
  read.whole = well && file.finish();
  take(file.take_lines(), read);
  MUST(read.whole == file.problem().empty());
  return read;
}

template <class Make>
void check(const Make& make, std::string_view content, std::size_t piece_bytes) {
  const Read whole = read(make(), content, 0);
  const Read pieces = read(make(), content, piece_bytes);
  MUST(whole.whole == pieces.whole);
  if (!whole.whole) return;
  MUST(whole.lines.size() == pieces.lines.size());
  for (std::size_t i = 0; i < whole.lines.size(); ++i) {
    MUST(whole.lines[i].pay_no == pieces.lines[i].pay_no);
    MUST(whole.lines[i].amount == pieces.lines[i].amount);
    MUST(whole.lines[i].fee == pieces.lines[i].fee);
  }
  MUST(!read(make(), content.substr(0, content.size() - 1), piece_bytes).whole);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const unsigned kind = input.below(6);
  const std::size_t piece_bytes = 1 + input.byte();
  const std::string text(input.rest());
  if (kind < 4) {
    const auto type = kind % 2 == 0 ? wechat::BillType::trade : wechat::BillType::fund;
    const std::string content = kind < 2 ? test::gzip_of(text) : text;
    check([&] { return wechat::BillFile(type, test::sha1_hex_of(text)); }, content, piece_bytes);
    return 0;
  }
  test::ZipWish wish;
  wish.sizes_behind = piece_bytes % 2 == 0;
  const std::string content =
      kind == 4 ? test::zip_of({{"sum-\xbb\xe3\xd7\xdc.csv", "x"}, {"day.csv", text}}, wish) : text;
  check([] { return alipay::BillFile(); }, content, piece_bytes);
  return 0;
}
