// Packs files for tests as channels do, and as they would not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

std::string gzip_of(std::string_view content);

/// How an archive is made, and in what it lies.
struct ZipWish {
  bool deflated = true;
  bool sizes_behind = true;  ///< In descriptors behind the entries, as Java writes them.
  bool descriptor_signature = true;
  unsigned flags = 0;   ///< Further ones.
  unsigned method = 0;  ///< Named instead of the true one.
  std::string extra, comment;
  std::uint32_t crc_lie = 0, size_lie = 0;  ///< Of the first entry.
  int listed = 0;                           ///< So many more are counted at the end.
};
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries,
                   const ZipWish& wish = {});

/// 40 hexadecimal digits, lower case.
std::string sha1_hex_of(std::string_view content);

/// From UTF-8.
std::string gbk_of(std::string text);

}  // namespace tollgate::test
