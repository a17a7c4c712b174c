#include "common/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace tollgate::common {
namespace {

constexpr std::size_t buffer_bytes = 16'384;
constexpr std::size_t largest_step = 1 << 20;
constexpr std::uint64_t free_of_ratio_bytes = 1 << 20;
constexpr int gzip_window_bits = MAX_WBITS + 16;

}  // namespace

void Inflater::End::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}

Inflater::Inflater(Kind kind, std::uint64_t max_bytes)
    : max_bytes_(max_bytes), stream_(new z_stream_s{}) {
  const int bits = kind == Kind::gzip ? gzip_window_bits : -MAX_WBITS;
  if (inflateInit2(stream_.get(), bits) != Z_OK) throw std::bad_alloc();
}

bool Inflater::within_bounds() const {
  return out_ <= max_bytes_ && (out_ <= free_of_ratio_bytes || out_ <= in_ * max_ratio);
}

Inflater::Fed Inflater::feed(std::string_view piece, const Sink& sink) {
  std::array<unsigned char, buffer_bytes> buffer;
  std::size_t used = 0;
  while (state_ == State::going && used < piece.size()) {
    const std::size_t step = std::min(piece.size() - used, largest_step);
    // zlib does not write to its input.
    stream_->next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(piece.data() + used));
    stream_->avail_in = static_cast<unsigned>(step);
    bool full = true;
    while (state_ == State::going && (full || stream_->avail_in > 0)) {
      stream_->next_out = buffer.data();
      stream_->avail_out = static_cast<unsigned>(buffer.size());
      const unsigned before = stream_->avail_in;
      const int code = inflate(stream_.get(), Z_NO_FLUSH);
      const std::size_t came = buffer.size() - stream_->avail_out;
      in_ += before - stream_->avail_in;
      out_ += came;
      full = came == buffer.size();
      const bool idle = code == Z_BUF_ERROR;  // no harm: it wants the next piece
      if (code != Z_OK && code != Z_STREAM_END && !idle) state_ = State::broken;
      if (!within_bounds()) state_ = State::broken;
      if (state_ == State::going && came > 0 &&
          !sink({reinterpret_cast<const char*>(buffer.data()), came}))
        state_ = State::broken;
      if (state_ == State::going && code == Z_STREAM_END) state_ = State::ended;
      if (idle) break;
    }
    used += step - stream_->avail_in;
    if (stream_->avail_in > 0 && state_ == State::going) state_ = State::broken;
  }
  return {state_, used};
}

}  // namespace tollgate::common
