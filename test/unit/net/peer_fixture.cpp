#include "peer_fixture.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "net_fixture.hpp"

namespace tollgate::net {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::size_t body_length(const std::string& head) {
  Answer fields;
  fields.head = head;
  const std::string text = fields.field("Content-Length");
  return text.empty() ? 0 : std::stoul(text);
}

/// One request by `read`; empty at the end.
template <class Read>
std::string read_request(Read read) {
  std::string text;
  std::size_t wanted = SIZE_MAX;
  while (text.size() < wanted) {
    char piece[4096];
    const auto count = read(piece, sizeof piece);
    if (count <= 0) return {};
    text.append(piece, static_cast<std::size_t>(count));
    const std::size_t end = text.find("\r\n\r\n");
    if (end != std::string::npos) wanted = end + 4 + body_length(text.substr(0, end + 2));
  }
  return text;
}

}  // namespace

Listener::Listener(int backlog) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(socket_, backlog) != 0 ||
      getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no loopback socket");
  port_ = ntohs(address.sin_port);
}

Listener::~Listener() {
  ::close(socket_);
}

int Listener::accept_one() {
  return ::accept(socket_, nullptr, nullptr);
}

void Listener::stop() {
  shutdown(socket_, SHUT_RDWR);
}

FullListener::FullListener() {
  const sockaddr_in address = loopback(listener_.port());
  for (int i = 0; i < 8; ++i) {
    const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(filler, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    fillers_.push_back(filler);
  }
}

FullListener::~FullListener() {
  for (const int filler : fillers_) ::close(filler);
}

const std::string Peer::hang = "(hang)";

std::uint16_t Peer::unused_port() {
  return Listener().port();
}

Peer::Peer(Script script) : script_(std::move(script)) {
  thread_ = std::thread([this] {
    for (const auto& answers : script_) {
      const int socket = listener_.accept_one();
      if (socket < 0) return;
      ++connections_;
      serve(socket, answers);
    }
  });
}

Peer::~Peer() {
  listener_.stop();
  thread_.join();
  for (const int socket : hanging_) ::close(socket);
}

void Peer::serve(int socket, const std::vector<std::string>& answers) {
  // A client that keeps its connection open must not hold up the end of the test.
  const timeval patience{5, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  for (const auto& answer : answers) {
    std::string request =
        read_request([&](char* into, std::size_t size) { return recv(socket, into, size, 0); });
    if (request.empty()) break;
    {
      const std::lock_guard lock(mutex_);
      received_.push_back(std::move(request));
    }
    if (answer == hang) {
      hanging_.push_back(socket);
      return;
    }
    ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    if (answer.empty()) break;
  }
  ::close(socket);
  ++closed_;
}

std::string Peer::received(std::size_t request) {
  const std::lock_guard lock(mutex_);
  return received_.at(request);
}

bool Peer::wait_closed(int count) {
  return eventually([&] { return closed_ >= count; });
}

TestCertificate::TestCertificate(const std::string& dns_name) {
  std::string pattern = (std::filesystem::temp_directory_path() / "tollgate-tls-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  certificate_file_ = folder_ + "/certificate.pem";
  key_file_ = folder_ + "/key.pem";

  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
  X509_set_version(x509.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3'600);
  X509_set_pubkey(x509.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(x509.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("tollgate test"), -1, -1, 0);
  X509_set_issuer_name(x509.get(), name);
  const std::string alternative = "DNS:" + dns_name;
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str());
  X509_add_ext(x509.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(x509.get(), key.get(), EVP_sha256());

  std::FILE* file = std::fopen(certificate_file_.c_str(), "w");
  PEM_write_X509(file, x509.get());
  std::fclose(file);
  file = std::fopen(key_file_.c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

TestCertificate::~TestCertificate() {
  std::filesystem::remove_all(folder_);
}

struct TlsPeer::Context {
  SSL_CTX* tls = SSL_CTX_new(TLS_server_method());
  ~Context() { SSL_CTX_free(tls); }
};

TlsPeer::TlsPeer(const TestCertificate& certificate, std::string answer)
    : context_(std::make_unique<Context>()), answer_(std::move(answer)) {
  SSL_CTX_use_certificate_file(context_->tls, certificate.certificate_file().c_str(),
                               SSL_FILETYPE_PEM);
  SSL_CTX_use_PrivateKey_file(context_->tls, certificate.key_file().c_str(), SSL_FILETYPE_PEM);
  thread_ = std::thread([this] {
    for (int socket = listener_.accept_one(); socket >= 0; socket = listener_.accept_one()) {
      current_ = socket;
      serve(socket);
      current_ = -1;
      ::close(socket);
    }
  });
}

TlsPeer::~TlsPeer() {
  listener_.stop();
  const int socket = current_;
  if (socket >= 0) shutdown(socket, SHUT_RDWR);
  thread_.join();
}

void TlsPeer::serve(int socket) {
  const timeval patience{2, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_->tls), SSL_free);
  SSL_set_fd(ssl.get(), socket);
  if (SSL_accept(ssl.get()) != 1) return;
  ++handshakes_;
  for (;;) {
    const std::string request = read_request([&](char* into, std::size_t size) {
      return SSL_read(ssl.get(), into, static_cast<int>(size));
    });
    if (request.empty()) return;
    SSL_write(ssl.get(), answer_.data(), static_cast<int>(answer_.size()));
  }
}

}  // namespace tollgate::net
