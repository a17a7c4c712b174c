// A zip archive that comes in pieces, read from its front: entry by entry as they are packed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/inflate.hpp"

namespace tollgate::common {

/// Takes what is stored plainly or by deflate, with sizes in front of an entry or behind it. Each
/// entry's CRC-32 and size are compared, and the directory at the end must list as many entries as
/// came. Encrypted archives, several disks and zip64 are refused.
class Unzip {
 public:
  static constexpr std::size_t max_entries = 64;
  static constexpr std::size_t max_name_bytes = 1024;

  /// What is inside goes to a receiver; false from one of them ends the reading.
  class Receiver {
   public:
    virtual ~Receiver() = default;
    /// `name` as its bytes are; `utf8` where the archive says that it is UTF-8.
    virtual bool entry_begins(std::string_view name, bool utf8) = 0;
    virtual bool entry_bytes(std::string_view piece) = 0;
    /// All of the entry came, and its checksum held.
    virtual bool entry_ends() = 0;
  };

  explicit Unzip(std::uint64_t max_bytes = Inflater::default_max_bytes) : left_(max_bytes) {}

  /// False: no archive, one that is refused, over a bound, or the receiver said so.
  bool feed(std::string_view piece, Receiver& receiver);
  /// True where the whole archive came.
  bool complete() const { return stage_ == Stage::over && to_skip_ == 0; }

 private:
  enum class Stage { signature, local_head, names, content, descriptor, listed, end, over, broken };
  void step(std::string_view& rest, Receiver& receiver);
  void content(std::string_view& rest, Receiver& receiver);
  /// Gathers `size` bytes into held_; false while they are not all there.
  bool gather(std::string_view& rest, std::size_t size);
  void read_signature();
  void read_local_head();
  void begin_entry(Receiver& receiver);
  void read_descriptor(std::string_view& rest, Receiver& receiver);
  void end_entry(Receiver& receiver);
  void read_listed();
  void read_end();
  bool deliver(std::string_view piece, Receiver& receiver);
  void skip(std::string_view& rest);

  Stage stage_ = Stage::signature;
  std::string held_;
  std::size_t to_skip_ = 0;
  std::size_t entries_ = 0, listed_ = 0;
  std::uint64_t left_;  // that may still come out
  // of the entry that is read
  bool deflated_ = false, described_ = false, utf8_ = false;
  std::size_t name_bytes_ = 0, extra_bytes_ = 0;
  std::uint32_t crc_told_ = 0, crc_ = 0;
  std::uint64_t packed_told_ = 0, size_told_ = 0, packed_ = 0, size_ = 0;
  std::optional<Inflater> inflater_;
};

}  // namespace tollgate::common
