// Makes a plugin's C structures as a broken or newer plugin might hand them out. Zeros in the input
// mean what is sound, so that an empty input is a sound plugin. Every block is on the heap and
// exactly as long as it claims to be: AddressSanitizer sees a read past it.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "tollgate/channel_abi.h"

namespace tollgate::fuzz {

class AbiMaker {
 public:
  explicit AbiMaker(Input& input) : input_(input) {}

  Input& input() { return input_; }

  tg_span span(std::string_view sound) {
    switch (input_.below(16)) {
      case 1:
        return text(input_.bytes(input_.byte()));
      case 2:
        return {nullptr, input_.byte()};
      case 3:
        return {long_text().data(), SIZE_MAX - input_.byte()};
      case 4:
        return {nullptr, SIZE_MAX};
      case 5:  // around the limits of a megabyte and of sixteen
        return {long_text().data(), ((input_.flag() ? 16u : 1u) << 20) - 4 + input_.below(8)};
      case 6:
        return {long_text().data(), std::size_t{1} << input_.below(20)};
      case 7:
        return {};
      default:
        return text(sound);
    }
  }

  template <class T>
  T choice(T sound) {
    const auto how = input_.byte();
    if (how < 128) return sound;
    return static_cast<T>(how < 192 ? how - 128 : input_.u64());
  }

  /// A struct of its own size: of another minor, or of a size that is none; or null.
  template <class T>
  const T* give(T value) {
    const unsigned how = input_.below(8);
    if (how == 1) return nullptr;
    value.struct_size = how == 2   ? input_.byte()
                        : how == 3 ? sizeof(T) + input_.byte()
                        : how == 4 ? static_cast<std::uint32_t>(input_.u64())
                                   : sizeof(T);
    return reinterpret_cast<const T*>(block(&value, sizeof(T), value.struct_size));
  }

  /// `elements` one after the other, each `struct_size` long; the count may lie.
  template <class T>
  const T* array(const std::vector<T>& elements, std::size_t limit, std::size_t& count) {
    const auto how = input_.below(8);
    count = elements.size();
    if (how == 1) return nullptr;
    std::uint32_t stride = sizeof(T);
    if (how == 2) stride = input_.byte();
    if (how == 3) stride = sizeof(T) + 8 * input_.byte();
    if (how == 4) count = limit + 1 + input_.u64() % (SIZE_MAX - limit);
    std::string bytes;
    for (T element : elements) {
      // The first tells the distance between them, which the host has to believe.
      const bool lies = input_.byte() == 255 && !bytes.empty();
      element.struct_size = lies ? input_.byte() : stride;
      const auto* from = block(&element, sizeof(T), stride);
      bytes.append(from, stride);
    }
    if (bytes.empty()) bytes.resize(sizeof(std::uint32_t));
    return reinterpret_cast<const T*>(block(bytes.data(), bytes.size(), bytes.size()));
  }

  const tg_header* headers(std::uint32_t& count) {
    const auto how = input_.below(8);
    count = input_.below(4);
    if (how == 1) return nullptr;
    if (how == 2) count = 99 + input_.below(3);
    std::vector<tg_header> list;
    const tg_header sound{text("Accept"), text("*/*"), 0, 0};
    for (std::uint32_t i = 0; i < count; ++i)
      list.push_back(i < 4 ? tg_header{span("Accept"), span("*/*"), choice(0u), choice(0u)}
                           : sound);
    if (how == 3) count = 101 + static_cast<std::uint32_t>(input_.u64() % 0xFFFFFF00u);
    const auto bytes = list.size() * sizeof(tg_header);
    return reinterpret_cast<const tg_header*>(block(list.data(), bytes, bytes));
  }

 private:
  tg_span text(std::string_view from) {
    return {block(from.data(), from.size(), from.size()), from.size()};
  }

  /// The largest text that a plugin may hand out, and a little more.
  static const std::string& long_text() {
    static const std::string made((16u << 20) + 16, 'a');
    return made;
  }

  /// `size` bytes: of `from` what it has, then zeros; no block is larger than a plugin's page.
  char* block(const void* from, std::size_t known, std::size_t size) {
    size = std::max(sizeof(std::uint32_t), std::min<std::size_t>(size, 64 * 1024));
    auto& made = blocks_.emplace_back(new char[size]());
    if (known > 0) std::memcpy(made.get(), from, std::min(known, size));
    return made.get();
  }

  Input& input_;
  std::deque<std::unique_ptr<char[]>> blocks_;
};

}  // namespace tollgate::fuzz
