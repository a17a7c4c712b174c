// QR codes as pictures. Stands apart from the rest of this folder: it needs nothing of the server.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tollgate::console {

/// Longer texts make codes that phones fail to read from a screen.
inline constexpr std::size_t qr_max_bytes = 1'000;

/// A QR code of `text` (UTF-8; error correction M, quiet zone of 4 modules, 8 pixels a module) as a
/// grayscale PNG of one bit a pixel. Throws std::length_error for an empty text or one longer than
/// qr_max_bytes. The same text always gives the same bytes. Takes about a millisecond.
std::string draw_qr_png(std::string_view text);

/// Modules on one side of a picture by draw_qr_png, with the quiet zone.
std::size_t qr_modules(std::string_view png);

/// Remembers the pictures drawn last. Thread-safe; drawing happens outside the lock.
class QrCache {
 public:
  explicit QrCache(std::size_t capacity = 1'000) : capacity_(capacity) {}

  /// As draw_qr_png.
  std::string png(std::string_view text);
  std::size_t size() const;

 private:
  struct Entry {
    std::string text;
    std::string png;
  };
  using Order = std::list<Entry>;  // the most recently used first

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  Order entries_;
  std::unordered_map<std::string_view, Order::iterator> by_text_;  // views into entries_
};

/// draw_qr_png behind one cache of the process.
std::string qr_png(std::string_view text);

}  // namespace tollgate::console
