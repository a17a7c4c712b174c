// A file of whole HTTP requests, made before the clock starts: each a length of four bytes in the
// machine's own order, then that many bytes as they go on the wire.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::bench {

class RequestWriter {
 public:
  explicit RequestWriter(const std::string& path) : out_(path, std::ios::binary) {}

  void add(std::string_view request) {
    const auto size = static_cast<std::uint32_t>(request.size());
    out_.write(reinterpret_cast<const char*>(&size), sizeof(size));
    out_.write(request.data(), static_cast<std::streamsize>(request.size()));
  }

  /// Throws std::runtime_error where something could not be written.
  void finish() {
    out_.close();
    if (!out_) throw std::runtime_error("the requests could not be written");
  }

 private:
  std::ofstream out_;
};

/// All requests of a file, kept in memory.
class RequestFile {
 public:
  explicit RequestFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path);
    bytes_.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    std::uint32_t size = 0;
    for (std::size_t at = 0; at + sizeof(size) <= bytes_.size(); at += size) {
      std::memcpy(&size, bytes_.data() + at, sizeof(size));
      at += sizeof(size);
      if (at + size > bytes_.size()) throw std::runtime_error(path + " is cut off");
      requests_.emplace_back(bytes_.data() + at, size);
    }
  }

  const std::vector<std::string_view>& requests() const { return requests_; }

 private:
  std::string bytes_;
  std::vector<std::string_view> requests_;
};

/// A POST with its body, as the loader sends it. `headers` are whole lines, each ended by CRLF.
inline std::string post(std::string_view path, std::string_view headers, std::string_view body) {
  std::string text = "POST ";
  text.append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n").append(headers);
  text.append("Content-Type: application/json\r\nContent-Length: ");
  text.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return text;
}

}  // namespace tollgate::bench
