#include "common/unzip.hpp"

#include <zlib.h>

#include <algorithm>

namespace tollgate::common {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t descriptor_signature = 0x08074b50;
constexpr std::uint32_t listed_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
// The rest of each record behind its signature, without its texts.
constexpr std::size_t signature_bytes = 4;
constexpr std::size_t local_head_bytes = 26;
constexpr std::size_t descriptor_bytes = 12;
constexpr std::size_t listed_bytes = 42;
constexpr std::size_t end_bytes = 18;
constexpr std::uint32_t of_zip64 = 0xffffffff;
constexpr unsigned encrypted_flag = 1U;
constexpr unsigned described_flag = 1U << 3;
constexpr unsigned utf8_flag = 1U << 11;
constexpr unsigned stored = 0;
constexpr unsigned deflated = 8;

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i > 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}
std::uint32_t two(std::string_view bytes, std::size_t at) {
  return number(bytes, at, 2);
}
std::uint32_t four(std::string_view bytes, std::size_t at) {
  return number(bytes, at, 4);
}

}  // namespace

bool Unzip::feed(std::string_view piece, Receiver& receiver) {
  while (!piece.empty() && stage_ != Stage::broken) {
    if (stage_ == Stage::over && to_skip_ == 0) {
      stage_ = Stage::broken;  // something behind the archive
      break;
    }
    step(piece, receiver);
  }
  return stage_ != Stage::broken;
}

void Unzip::step(std::string_view& rest, Receiver& receiver) {
  if (to_skip_ > 0) return skip(rest);
  switch (stage_) {
    case Stage::signature:
      if (gather(rest, signature_bytes)) read_signature();
      break;
    case Stage::local_head:
      if (gather(rest, local_head_bytes)) read_local_head();
      break;
    case Stage::names:
      if (gather(rest, name_bytes_)) begin_entry(receiver);
      break;
    case Stage::content:
      content(rest, receiver);
      break;
    case Stage::descriptor:
      read_descriptor(rest, receiver);
      break;
    case Stage::listed:
      if (gather(rest, listed_bytes)) read_listed();
      break;
    case Stage::end:
      if (gather(rest, end_bytes)) read_end();
      break;
    case Stage::over:
    case Stage::broken:
      break;
  }
}

bool Unzip::gather(std::string_view& rest, std::size_t size) {
  const std::size_t taken = std::min(rest.size(), size - held_.size());
  held_.append(rest.substr(0, taken));
  rest.remove_prefix(taken);
  return held_.size() == size;
}

void Unzip::skip(std::string_view& rest) {
  const std::size_t taken = std::min(rest.size(), to_skip_);
  rest.remove_prefix(taken);
  to_skip_ -= taken;
}

void Unzip::read_signature() {
  const std::uint32_t signature = four(held_, 0);
  held_.clear();
  if (signature == local_signature && listed_ == 0 && entries_ < max_entries)
    stage_ = Stage::local_head;
  else if (signature == listed_signature && entries_ > 0)
    stage_ = Stage::listed;
  else if (signature == end_signature)
    stage_ = Stage::end;
  else
    stage_ = Stage::broken;
}

void Unzip::read_local_head() {
  const unsigned flags = two(held_, 2);
  const unsigned method = two(held_, 4);
  deflated_ = method == deflated;
  described_ = (flags & described_flag) != 0;
  utf8_ = (flags & utf8_flag) != 0;
  crc_told_ = four(held_, 10);
  packed_told_ = four(held_, 14);
  size_told_ = four(held_, 18);
  name_bytes_ = two(held_, 22);
  extra_bytes_ = two(held_, 24);
  held_.clear();
  const bool readable = (flags & encrypted_flag) == 0 && (deflated_ || method == stored) &&
                        (deflated_ || !described_) && packed_told_ != of_zip64 &&
                        size_told_ != of_zip64 && name_bytes_ > 0 && name_bytes_ <= max_name_bytes;
  stage_ = readable ? Stage::names : Stage::broken;
}

void Unzip::begin_entry(Receiver& receiver) {
  crc_ = static_cast<std::uint32_t>(crc32(0, nullptr, 0));
  packed_ = size_ = 0;
  ++entries_;
  to_skip_ = extra_bytes_;
  if (deflated_) inflater_.emplace(Inflater::Kind::raw, left_);
  stage_ = receiver.entry_begins(held_, utf8_) ? Stage::content : Stage::broken;
  held_.clear();
  if (stage_ == Stage::content && !deflated_ && packed_told_ == 0) end_entry(receiver);
}

bool Unzip::deliver(std::string_view piece, Receiver& receiver) {
  if (piece.size() > left_) return false;
  left_ -= piece.size();
  size_ += piece.size();
  crc_ =
      static_cast<std::uint32_t>(crc32(crc_, reinterpret_cast<const unsigned char*>(piece.data()),
                                       static_cast<unsigned>(piece.size())));
  return receiver.entry_bytes(piece);
}

void Unzip::content(std::string_view& rest, Receiver& receiver) {
  if (!inflater_) {
    constexpr std::uint64_t largest_step = 1 << 20;
    const auto taken = static_cast<std::size_t>(
        std::min({std::uint64_t(rest.size()), packed_told_ - packed_, largest_step}));
    packed_ += taken;
    if (!deliver(rest.substr(0, taken), receiver)) stage_ = Stage::broken;
    rest.remove_prefix(taken);
    if (stage_ == Stage::content && packed_ == packed_told_) end_entry(receiver);
    return;
  }
  const auto [state, used] =
      inflater_->feed(rest, [&](std::string_view piece) { return deliver(piece, receiver); });
  packed_ += used;
  rest.remove_prefix(used);
  if (state == Inflater::State::broken) stage_ = Stage::broken;
  if (state != Inflater::State::ended) return;
  if (described_)
    stage_ = Stage::descriptor;
  else
    end_entry(receiver);
}

/// It may have a signature of its own, or none.
void Unzip::read_descriptor(std::string_view& rest, Receiver& receiver) {
  if (held_.size() < signature_bytes && !gather(rest, signature_bytes)) return;
  const bool has_signature = four(held_, 0) == descriptor_signature;
  const std::size_t before = has_signature ? signature_bytes : 0;
  if (!gather(rest, before + descriptor_bytes)) return;
  crc_told_ = four(held_, before);
  packed_told_ = four(held_, before + 4);
  size_told_ = four(held_, before + 8);
  held_.clear();
  end_entry(receiver);
}

void Unzip::end_entry(Receiver& receiver) {
  inflater_.reset();
  const bool whole = crc_ == crc_told_ && packed_ == packed_told_ && size_ == size_told_;
  stage_ = whole && receiver.entry_ends() ? Stage::signature : Stage::broken;
}

void Unzip::read_listed() {
  ++listed_;
  to_skip_ = two(held_, 24) + two(held_, 26) + two(held_, 28);
  held_.clear();
  stage_ = Stage::signature;
}

void Unzip::read_end() {
  const bool sound = two(held_, 0) == 0 && two(held_, 2) == 0 && two(held_, 4) == entries_ &&
                     two(held_, 6) == entries_ && listed_ == entries_;
  to_skip_ = two(held_, 16);  // the comment
  held_.clear();
  stage_ = sound ? Stage::over : Stage::broken;
}

}  // namespace tollgate::common
