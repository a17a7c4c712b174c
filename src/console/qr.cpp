#include "console/qr.hpp"

#include <ZXing/BarcodeFormat.h>
#include <ZXing/BitMatrix.h>
#include <ZXing/CharacterSet.h>
#include <ZXing/MultiFormatWriter.h>
#include <png.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace tollgate::console {
namespace {

constexpr int ecc_level_m = 4;
constexpr int quiet_zone_modules = 4;
constexpr int pixels_per_module = 8;
static_assert(pixels_per_module == 8, "a module is one byte of a row with one bit a pixel");

ZXing::BitMatrix encode(std::string_view text) {
  ZXing::MultiFormatWriter writer(ZXing::BarcodeFormat::QRCode);
  writer.setEccLevel(ecc_level_m).setMargin(quiet_zone_modules);
  // The encoding is announced inside the code (ECI), which some wallets' scanners stumble over;
  // plain ASCII needs no announcement.
  const bool ascii =
      std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0; });
  if (!ascii) writer.setEncoding(ZXing::CharacterSet::UTF8);
  return writer.encode(std::string(text), 0, 0);
}

// One row of pixels for each row of modules; a set bit is white.
std::vector<std::vector<png_byte>> rows_of(const ZXing::BitMatrix& modules) {
  std::vector<std::vector<png_byte>> rows;
  rows.reserve(static_cast<std::size_t>(modules.height()));
  for (int y = 0; y < modules.height(); ++y) {
    std::vector<png_byte>& row = rows.emplace_back();
    row.reserve(static_cast<std::size_t>(modules.width()));
    for (int x = 0; x < modules.width(); ++x) row.push_back(modules.get(x, y) ? 0x00 : 0xff);
  }
  return rows;
}

void append(png_structp png, png_bytep data, png_size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(data), size);
}

void flush(png_structp) {}

// Between setjmp and the end only plain values are made: libpng leaves by longjmp when it fails.
bool write_rows(png_structp png, png_infop info, const std::vector<std::vector<png_byte>>& rows,
                std::string& out) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  const auto width = static_cast<png_uint_32>(rows.front().size()) * pixels_per_module;
  const auto height = static_cast<png_uint_32>(rows.size()) * pixels_per_module;
  png_set_write_fn(png, &out, append, flush);
  png_set_IHDR(png, info, width, height, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  // Of eight equal rows seven are zeros after "up", which any level packs well.
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
  png_set_compression_level(png, 1);
  png_write_info(png, info);
  for (png_uint_32 y = 0; y < height; ++y) png_write_row(png, rows[y / pixels_per_module].data());
  png_write_end(png, info);
  return true;
}

std::string write_png(const std::vector<std::vector<png_byte>>& rows) {
  std::string out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  const bool written = info != nullptr && write_rows(png, info, rows, out);
  png_destroy_write_struct(&png, &info);
  if (!written) throw std::runtime_error("libpng could not write the picture");
  return out;
}

}  // namespace

std::string draw_qr_png(std::string_view text) {
  if (text.empty() || text.size() > qr_max_bytes) {
    throw std::length_error("a QR code holds 1 to " + std::to_string(qr_max_bytes) + " bytes");
  }
  return write_png(rows_of(encode(text)));
}

std::size_t qr_modules(std::string_view png) {
  constexpr std::size_t width_at = 16;  // after the signature and IHDR's length and name
  std::size_t width = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    width = width << 8 | static_cast<unsigned char>(png.at(width_at + i));
  }
  return width / pixels_per_module;
}

std::string QrCache::png(std::string_view text) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = by_text_.find(text); at != by_text_.end()) {
      entries_.splice(entries_.begin(), entries_, at->second);
      return at->second->png;
    }
  }
  std::string png = draw_qr_png(text);
  const std::lock_guard lock(mutex_);
  if (by_text_.contains(text)) return png;
  entries_.push_front({std::string(text), png});
  by_text_.emplace(entries_.front().text, entries_.begin());
  if (entries_.size() > capacity_) {
    by_text_.erase(entries_.back().text);
    entries_.pop_back();
  }
  return png;
}

std::size_t QrCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::string qr_png(std::string_view text) {
  static QrCache cache;
  return cache.png(text);
}

}  // namespace tollgate::console
