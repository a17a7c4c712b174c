#include "files.hpp"

#include <iconv.h>
#include <openssl/sha.h>
#include <zlib.h>

#include <stdexcept>

namespace tollgate::test {
namespace {

std::string deflated(std::string_view content, int bits) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib");
  std::string out(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

void put(std::string& out, std::size_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8) out += static_cast<char>(value & 255);
}

}  // namespace

std::string gzip_of(std::string_view content) {
  return deflated(content, MAX_WBITS + 16);
}

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries,
                   const ZipWish& wish) {
  std::string out;
  std::string directory;
  const std::size_t method = wish.method != 0 ? wish.method : wish.deflated ? 8 : 0;
  const std::size_t flags = wish.flags | (wish.sizes_behind ? 8U : 0U);
  for (const auto& [name, content] : entries) {
    const std::size_t offset = out.size();
    const std::string packed = wish.deflated ? deflated(content, -MAX_WBITS) : content;
    std::size_t crc =
        crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    std::size_t size = content.size();
    if (offset == 0) crc ^= wish.crc_lie, size += wish.size_lie;
    const auto sums = [&, crc, size](std::string& to, bool there) {
      put(to, there ? crc : 0, 4);
      put(to, there ? packed.size() : 0, 4);
      put(to, there ? size : 0, 4);
    };
    put(out, 0x04034b50, 4);
    for (const std::size_t value : {std::size_t(20), flags, method, std::size_t(0), std::size_t(0)})
      put(out, value, 2);
    sums(out, !wish.sizes_behind);
    put(out, name.size(), 2);
    put(out, wish.extra.size(), 2);
    out += name + wish.extra + packed;
    if (wish.sizes_behind) {
      if (wish.descriptor_signature) put(out, 0x08074b50, 4);
      sums(out, true);
    }
    put(directory, 0x02014b50, 4);
    for (const std::size_t value :
         {std::size_t(20), std::size_t(20), flags, method, std::size_t(0), std::size_t(0)})
      put(directory, value, 2);
    sums(directory, true);
    put(directory, name.size(), 2);
    put(directory, wish.extra.size(), 2);
    for (const int bytes : {2, 2, 2, 4}) put(directory, 0, bytes);
    put(directory, offset, 4);
    directory += name + wish.extra;
  }
  const std::size_t offset = out.size();
  const std::size_t count = entries.size() + static_cast<std::size_t>(wish.listed);
  out += directory;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, count, 2);
  put(out, count, 2);
  put(out, directory.size(), 4);
  put(out, offset, 4);
  put(out, wish.comment.size(), 2);
  return out + wish.comment;
}

std::string sha1_hex_of(std::string_view content) {
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest);
  std::string out;
  for (const unsigned char byte : digest) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

std::string gbk_of(std::string text) {
  const iconv_t converter = iconv_open("GBK", "UTF-8");
  std::string out(text.size() * 2, '\0');
  char* from = text.data();
  char* to = out.data();
  std::size_t left = text.size();
  std::size_t room = out.size();
  const bool well = iconv(converter, &from, &left, &to, &room) == 0;
  iconv_close(converter);
  if (!well) throw std::runtime_error("no GBK");
  out.resize(out.size() - room);
  return out;
}

}  // namespace tollgate::test
