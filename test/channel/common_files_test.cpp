// The rules of plugins/common about files that come in pieces: deflate, zip, lines, tables, and
// where they may be fetched from.
#include <zlib.h>

#include <catch2/catch.hpp>

#include "common/crypto.hpp"
#include "common/encoding.hpp"
#include "common/inflate.hpp"
#include "common/lines.hpp"
#include "common/table.hpp"
#include "common/unzip.hpp"
#include "common/url.hpp"
#include "files.hpp"

namespace tollgate::test {

using namespace tollgate::common;

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

/// All pairs of cuts would be many: one cut at each byte, and then every byte alone.
template <class Each>
void cut_everywhere(const std::string& text, Each each) {
  for (std::size_t at = 0; at <= text.size(); ++at)
    each(std::vector<std::string_view>{std::string_view(text).substr(0, at),
                                       std::string_view(text).substr(at)});
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < text.size(); ++i)
    bytes.push_back(std::string_view(text).substr(i, 1));
  each(bytes);
}

struct Collected final : Unzip::Receiver {
  Entries entries;
  int ended = 0;
  bool utf8 = false;
  bool entry_begins(std::string_view name, bool is_utf8) override {
    entries.emplace_back(name, "");
    utf8 = is_utf8;
    return true;
  }
  bool entry_bytes(std::string_view piece) override {
    entries.back().second += piece;
    return true;
  }
  bool entry_ends() override {
    ++ended;
    return true;
  }
};

bool unzips(const std::string& archive, Collected& into) {
  Unzip unzip;
  return unzip.feed(archive, into) && unzip.complete();
}

std::string varied(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * 7919 % 104'729) + ",";
  return text.substr(0, size);
}

}  // namespace

TEST_CASE("gzip is unpacked alike wherever its pieces are cut", "[channel][common]") {
  const std::string text = varied(900);
  cut_everywhere(gzip_of(text), [&](const auto& pieces) {
    Inflater inflater(Inflater::Kind::gzip);
    std::string out;
    for (const auto piece : pieces) {
      const auto fed = inflater.feed(piece, [&](std::string_view part) {
        out += part;
        return true;
      });
      CHECK(fed.used == piece.size());
    }
    CHECK(inflater.state() == Inflater::State::ended);
    CHECK(out == text);
  });
}

TEST_CASE("gzip that is cut short never ends, and one changed bit changes no content unseen",
          "[channel][common]") {
  const std::string text = varied(300);
  const std::string packed = gzip_of(text);
  const auto drop = [](std::string_view) { return true; };
  for (std::size_t size = 0; size < packed.size(); ++size) {
    Inflater inflater(Inflater::Kind::gzip);
    inflater.feed(std::string_view(packed).substr(0, size), drop);
    CHECK(inflater.state() != Inflater::State::ended);
  }
  constexpr std::size_t head_bytes = 10;  // a time and a system stand there
  for (std::size_t at = head_bytes; at < packed.size(); ++at) {
    std::string changed = packed;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    Inflater inflater(Inflater::Kind::gzip);
    std::string out;
    inflater.feed(changed, [&](std::string_view part) {
      out += part;
      return true;
    });
    if (inflater.state() == Inflater::State::ended) CHECK(out == text);  // a bit of padding
  }
}

TEST_CASE("what unpacks to too much, or to too much of nothing, is broken off",
          "[channel][common]") {
  const auto count_until_broken = [](Inflater inflater, const std::string& packed) {
    std::uint64_t out = 0;
    const auto fed = inflater.feed(packed, [&](std::string_view part) {
      out += part.size();
      return true;
    });
    CHECK(fed.state == Inflater::State::broken);
    return out;
  };
  const std::string bomb = gzip_of(std::string(64 << 20, '\0'));
  CHECK(count_until_broken(Inflater(Inflater::Kind::gzip), bomb) < (24U << 20));
  const std::string text = gzip_of(varied(100'000));
  CHECK(count_until_broken(Inflater(Inflater::Kind::gzip, 50'000), text) <= 50'000);
  Inflater refused(Inflater::Kind::gzip);
  CHECK(refused.feed(text, [](std::string_view) { return false; }).state ==
        Inflater::State::broken);
  CHECK(refused.feed(text, [](std::string_view) { return true; }).used == 0);
}

TEST_CASE("a zip archive is read alike wherever its pieces are cut", "[channel][common]") {
  const Entries entries{{"detail.csv", varied(500)}, {"empty.csv", ""}, {"sum.csv", varied(120)}};
  for (const bool behind : {true, false})
    for (const bool deflated : {true, false}) {
      if (behind && !deflated) continue;  // sizes unknown, and nothing says where it ends
      CAPTURE(behind, deflated);
      ZipWish wish;
      wish.sizes_behind = behind;
      wish.deflated = deflated;
      wish.extra = "extra!";
      cut_everywhere(zip_of(entries, wish), [&](const auto& pieces) {
        Unzip unzip;
        Collected got;
        for (const auto piece : pieces) CHECK(unzip.feed(piece, got));
        CHECK(unzip.complete());
        CHECK(got.entries == entries);
        CHECK(got.ended == 3);
      });
    }
}

TEST_CASE("a descriptor may come without a signature, and an archive with a comment",
          "[channel][common]") {
  const Entries entries{{"a", varied(99)}, {"b", varied(77)}};
  ZipWish wish;
  wish.descriptor_signature = false;
  wish.comment = "made by hand";
  wish.flags = 1U << 11;
  Collected got;
  REQUIRE(unzips(zip_of(entries, wish), got));
  CHECK(got.entries == entries);
  CHECK(got.utf8);
}

TEST_CASE("an archive that is cut short, or goes on behind its end, is not complete",
          "[channel][common]") {
  const std::string archive = zip_of({{"a.csv", varied(200)}, {"b.csv", varied(50)}});
  for (std::size_t size = 0; size < archive.size(); ++size) {
    Collected got;
    CHECK_FALSE(unzips(archive.substr(0, size), got));
  }
  Collected got;
  CHECK_FALSE(unzips(archive + "x", got));
}

TEST_CASE("an archive whose checksums, sizes or directory do not hold is refused",
          "[channel][common]") {
  const Entries entries{{"a.csv", varied(200)}, {"b.csv", varied(50)}};
  const auto refused = [&](ZipWish wish) {
    Collected got;
    return !unzips(zip_of(entries, wish), got);
  };
  for (const bool behind : {true, false}) {
    ZipWish wish;
    wish.sizes_behind = behind;
    CHECK_FALSE(refused(wish));
    wish.crc_lie = 1;
    CHECK(refused(wish));
    wish.crc_lie = 0;
    wish.size_lie = 1;
    CHECK(refused(wish));
    wish.size_lie = 0;
    wish.listed = 1;
    CHECK(refused(wish));
  }
  ZipWish encrypted;
  encrypted.flags = 1;
  CHECK(refused(encrypted));
  ZipWish stored_without_size;
  stored_without_size.deflated = false;
  stored_without_size.sizes_behind = true;
  CHECK(refused(stored_without_size));
  ZipWish other_method;
  other_method.method = 12;
  CHECK(refused(other_method));
  Collected got;
  CHECK_FALSE(unzips("this is no archive at all, but long enough", got));
  CHECK_FALSE(unzips(zip_of(Entries(65, {"x", "y"})), got));
}

TEST_CASE("an archive is broken off over its bound", "[channel][common]") {
  Unzip unzip(1000);
  Collected got;
  CHECK_FALSE(unzip.feed(zip_of({{"a", varied(600)}, {"b", varied(600)}}), got));
  CHECK(got.entries.back().second.size() <= 400);
}

TEST_CASE("lines are the same wherever the text is cut, in a character and in CRLF too",
          "[channel][common]") {
  const std::string text = "交易时间,商户号\r\n`1,`2\r\n\nfour\r\rstill\r\n最后";
  const std::vector<std::string> lines{"交易时间,商户号", "`1,`2", "", "four\r\rstill", "最后"};
  cut_everywhere(text, [&](const auto& pieces) {
    LineSplitter splitter;
    std::vector<std::string> got;
    const Sink take = [&](std::string_view line) {
      got.emplace_back(line);
      return true;
    };
    for (const auto piece : pieces) CHECK(splitter.feed(piece, take));
    CHECK(splitter.finish(take));
    CHECK(got == lines);
  });
}

TEST_CASE("a line has a bound, and who takes it may stop", "[channel][common]") {
  const auto take = [](std::string_view) { return true; };
  const std::string longest(LineSplitter::max_line_bytes, 'x');
  CHECK(LineSplitter().feed(longest + "\n" + longest, take));
  CHECK_FALSE(LineSplitter().feed(longest + "x\n", take));
  CHECK_FALSE(LineSplitter().feed(longest + "x", take));
  LineSplitter in_pieces;
  CHECK(in_pieces.feed(longest, take));
  CHECK_FALSE(in_pieces.feed("x", take));
  int seen = 0;
  LineSplitter stopped;
  CHECK_FALSE(stopped.feed("1\n2\n3\n", [&](std::string_view) { return ++seen < 2; }));
  CHECK(seen == 2);
}

TEST_CASE("cells are read by the names of their columns", "[channel][common]") {
  const auto columns = Columns::of(split_cells("a, b ,c\t,,"));
  REQUIRE(columns);
  CHECK(columns->size() == 5);
  const auto cells = split_cells("1\t,2,3");
  CHECK(columns->cell(cells, "a") == "1");
  CHECK(columns->cell(cells, "c") == "3");
  CHECK(columns->cell(cells, "d").empty());
  CHECK(columns->cell(split_cells("1"), "c").empty());
  CHECK(columns->first_of("x", "b") == "b");
  CHECK(columns->first_of("a", "b") == "a");
  CHECK_FALSE(Columns::of(split_cells("a,b,a")));
  CHECK(split_cells("`1,2,`3", ",`") == Cells{"`1,2", "3"});
}

TEST_CASE("a comma in free text is a part of it", "[channel][common]") {
  const std::string line = "1,one, two, three,3,4";
  auto cells = split_cells(line);
  REQUIRE(fold_surplus(cells, 4, 1));
  CHECK(cells == Cells{"1", "one, two, three", "3", "4"});
  auto exact = split_cells("1,2");
  CHECK(fold_surplus(exact, 2, std::nullopt));
  auto few = split_cells("1,2");
  CHECK_FALSE(fold_surplus(few, 3, 1));
  auto nowhere = split_cells("1,2,3");
  CHECK_FALSE(fold_surplus(nowhere, 2, std::nullopt));
  CHECK_FALSE(fold_surplus(nowhere, 2, 2));
}

TEST_CASE("decimals with a sign are exact, and rounding is away from zero at the half",
          "[channel][common]") {
  for (const auto& [text, units] : std::vector<std::pair<std::string, std::int64_t>>{
           {"0", 0}, {"-0.53", -53}, {"+1.5", 150}, {"88.88", 8888}, {"-10", -1000}, {"00.01", 1}})
    CHECK(parse_signed_decimal(text, 2) == units);
  for (const auto* bad :
       {"", "-", "--1", "-.5", "1.", "0.001", "1e2", " 1", "1234567890123", "1,0", "- 1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_signed_decimal(bad, 2));
  }
  CHECK(parse_signed_decimal("0.60000", 5) == 60'000);
  CHECK_FALSE(parse_signed_decimal("1", 7));
  for (const auto& [fine, cents] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {60'000, 60}, {499, 0}, {500, 1}, {-499, 0}, {-500, -1}, {-1'499, -1}, {0, 0}})
    CHECK(round_decimals(fine, 5, 2) == cents);
  CHECK(round_decimals(-7, 2, 2) == -7);
}

TEST_CASE("SHA-1 of pieces is that of the whole", "[channel][common]") {
  cut_everywhere("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                 [](const auto& pieces) {
                   Sha1 sha1;
                   for (const auto piece : pieces) sha1.update(piece);
                   CHECK(hex_lower(sha1.finish()) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
                 });
}

TEST_CASE("an address is taken apart strictly", "[channel][common]") {
  const auto url = parse_url("https://Dwbillcenter.Alipay.com/downloadBillFile.resource?a=B");
  REQUIRE(url);
  CHECK(url->tls);
  CHECK(url->host == "dwbillcenter.alipay.com");
  CHECK(url->target == "/downloadBillFile.resource?a=B");
  CHECK(parse_url("http://127.0.0.1:9090?x")->origin() == "http://127.0.0.1:9090");
  CHECK(parse_url("http://127.0.0.1:9090?x")->target == "/?x");
  CHECK(parse_url("https://[::1]:80/")->host == "[::1]");
  for (const std::string& bad :
       {std::string(""), std::string("//a/b"), std::string("ftp://a/b"), std::string("https:///b"),
        std::string("https://a@b/"), std::string("https://a:0/"), std::string("https://a:x/"),
        std::string("https://a:/"), std::string("https://a/#f"), std::string("https://a/ b"),
        std::string("https://a\\b/"), std::string("https://a/\n"), std::string("https://:80/"),
        "https://a/" + std::string(3000, 'x')}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_url(bad));
  }
}

}  // namespace tollgate::test
