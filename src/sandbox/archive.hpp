// How channels pack their bills.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::sandbox {

// Both throw std::runtime_error where zlib fails.

std::string gzip(std::string_view content);

struct ArchiveEntry {
  std::string name;  ///< As its bytes shall stand in the archive.
  std::string content;
};
/// A zip archive as Java writes it: deflated, sizes and checksums behind each entry. `lie`: the
/// checksum of the first entry is wrong.
std::string zip(const std::vector<ArchiveEntry>& entries, bool lie = false);

}  // namespace tollgate::sandbox
