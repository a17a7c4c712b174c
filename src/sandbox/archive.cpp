#include "sandbox/archive.hpp"

#include <zlib.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace tollgate::sandbox {
namespace {

constexpr int gzip_bits = MAX_WBITS + 16;
constexpr int raw_bits = -MAX_WBITS;

std::string deflated(std::string_view content, int window_bits) {
  constexpr int memory_level = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib cannot begin");
  std::string out(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("zlib cannot pack");
  return out;
}

/// Little-endian numbers one after the other.
class Record {
 public:
  Record& two(std::size_t value) { return number(value, 2); }
  Record& four(std::size_t value) { return number(value, 4); }
  Record& text(std::string_view value) {
    bytes_ += value;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  Record& number(std::size_t value, int size) {
    for (int i = 0; i < size; ++i, value >>= 8) bytes_ += static_cast<char>(value & 255);
    return *this;
  }
  std::string bytes_;
};

constexpr std::size_t version = 20;
constexpr std::size_t sizes_behind = 1U << 3;
constexpr std::size_t deflate_method = 8;
constexpr std::size_t dos_time = 0x4800;  // 09:00:00
constexpr std::size_t dos_date = 0x5a21;  // 2025-01-01

}  // namespace

std::string gzip(std::string_view content) {
  return deflated(content, gzip_bits);
}

std::string zip(const std::vector<ArchiveEntry>& entries, bool lie) {
  Record out;
  Record directory;
  for (const auto& [name, content] : entries) {
    const std::size_t offset = out.bytes().size();
    const std::string packed = deflated(content, raw_bits);
    std::size_t crc =
        crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    if (lie && offset == 0) crc ^= 1;
    out.four(0x04034b50).two(version).two(sizes_behind).two(deflate_method);
    out.two(dos_time).two(dos_date).four(0).four(0).four(0);
    out.two(name.size()).two(0).text(name).text(packed);
    out.four(0x08074b50).four(crc).four(packed.size()).four(content.size());
    directory.four(0x02014b50).two(version).two(version).two(sizes_behind).two(deflate_method);
    directory.two(dos_time).two(dos_date).four(crc).four(packed.size()).four(content.size());
    directory.two(name.size()).two(0).two(0).two(0).two(0).four(0).four(offset).text(name);
  }
  const std::size_t offset = out.bytes().size();
  out.text(directory.bytes()).four(0x06054b50).two(0).two(0).two(entries.size());
  out.two(entries.size()).four(directory.bytes().size()).four(offset).two(0);
  return out.bytes();
}

}  // namespace tollgate::sandbox
