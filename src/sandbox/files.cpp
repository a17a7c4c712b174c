#include "sandbox/files.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tollgate::sandbox {
namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const fs::path& path, std::string_view content) {
  const fs::path fresh = path.string() + ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write);
  out << content;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + fresh.string());
  fs::rename(fresh, path);
}

std::string read_or_make(const fs::path& path, const std::function<std::string()>& make) {
  if (!fs::exists(path)) write_file(path, make());
  return read_file(path);
}

}  // namespace tollgate::sandbox
