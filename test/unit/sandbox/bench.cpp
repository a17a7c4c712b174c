#include "bench.hpp"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include "support/temp_dir.hpp"

namespace tollgate::sandbox::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Bio = std::unique_ptr<BIO, int (*)(BIO*)>;
using Digest = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Bio memory(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

std::string to_base64(const std::vector<unsigned char>& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::vector<unsigned char> from_base64(const std::string& text) {
  std::vector<unsigned char> out(text.size());
  int size = EVP_DecodeBlock(out.data(), bytes_of(text), static_cast<int>(text.size()));
  REQUIRE(size >= 0);
  for (auto c = text.rbegin(); c != text.rend() && *c == '='; ++c) --size;
  out.resize(static_cast<std::size_t>(size));
  return out;
}

/// Keys are made once for all tests.
const tollgate::test::TempDir& keys() {
  static const tollgate::test::TempDir dir;
  return dir;
}

}  // namespace

std::string rsa_sign_base64(const std::string& private_pem, std::string_view message) {
  const Bio bio = memory(private_pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  REQUIRE(key);
  const Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  REQUIRE(EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1);
  std::vector<unsigned char> signature(512);
  std::size_t size = signature.size();
  REQUIRE(EVP_DigestSign(digest.get(), signature.data(), &size, bytes_of(message),
                         message.size()) == 1);
  signature.resize(size);
  return to_base64(signature);
}

bool rsa_verify_base64(const std::string& public_pem, std::string_view message,
                       const std::string& signature) {
  const Bio bio = memory(public_pem);
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  REQUIRE(key);
  const Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  REQUIRE(EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1);
  const auto raw = from_base64(signature);
  return EVP_DigestVerify(digest.get(), raw.data(), raw.size(), bytes_of(message),
                          message.size()) == 1;
}

namespace {
std::unique_ptr<X509, void (*)(X509*)> certificate_of(const std::string& pem) {
  const Bio bio = memory(pem);
  std::unique_ptr<X509, void (*)(X509*)> x509(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  REQUIRE(x509);
  return x509;
}
}  // namespace

std::string public_pem_of_certificate(const std::string& pem) {
  const auto x509 = certificate_of(pem);
  const Bio out(BIO_new(BIO_s_mem()), BIO_free);
  REQUIRE(PEM_write_bio_PUBKEY(out.get(), X509_get0_pubkey(x509.get())) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string certificate_serial(const std::string& pem) {
  const auto x509 = certificate_of(pem);
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509.get()), nullptr);
  char* hex = BN_bn2hex(number);
  std::string out = hex;
  OPENSSL_free(hex);
  BN_free(number);
  return out;
}

std::string open_gcm(const std::string& key, const std::string& nonce, const std::string& aad,
                     const std::string& base64) {
  REQUIRE(key.size() == 32);
  REQUIRE(nonce.size() == 12);
  auto sealed = from_base64(base64);
  REQUIRE(sealed.size() >= 16);
  const std::size_t size = sealed.size() - 16;
  std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> cipher(EVP_CIPHER_CTX_new(),
                                                                    EVP_CIPHER_CTX_free);
  int count = 0;
  std::string plain(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  REQUIRE(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                             bytes_of(nonce)) == 1);
  REQUIRE(EVP_DecryptUpdate(cipher.get(), nullptr, &count, bytes_of(aad),
                            static_cast<int>(aad.size())));
  REQUIRE(EVP_DecryptUpdate(cipher.get(), out, &count, sealed.data(), static_cast<int>(size)) == 1);
  REQUIRE(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, 16, sealed.data() + size) == 1);
  REQUIRE(EVP_DecryptFinal_ex(cipher.get(), out + count, &count) == 1);
  return plain;
}

std::string file_text(const std::string& path) {
  std::ifstream in(path);
  REQUIRE(in);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  return text;
}

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document document;
  document.Parse(text);
  INFO(text);
  REQUIRE_FALSE(document.HasParseError());
  return document;
}

std::string at(const rapidjson::Value& value, const char* pointer) {
  const auto* found = rapidjson::Pointer(pointer).Get(value);
  if (!found) return "";
  if (found->IsString()) return found->GetString();
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  found->Accept(writer);
  return buffer.GetString();
}

Order::Order(const std::string& out_trade_no, const std::string& mch, const std::string& app)
    : members{{"appid", "\"" + app + "\""},
              {"mchid", "\"" + mch + "\""},
              {"description", "\"一本书\""},
              {"out_trade_no", "\"" + out_trade_no + "\""},
              {"notify_url", "\"http://127.0.0.1:1/callbacks/wx-main\""},
              {"amount", R"({"total":9900,"currency":"CNY"})"}} {}

std::string Order::body() const {
  std::string out;
  for (const auto& [name, json] : members)
    out += (out.empty() ? "{\"" : ",\"") + name + "\":" + json;
  return out + "}";
}

Bench::Bench(const char* scale)
    : clock(system.now()), simulator(keys().file("keys"), *TimeScale::parse(scale), clock, random) {
  simulator.publish("http://127.0.0.1:9090/");
}

std::string Bench::key_path(const std::string& name) const {
  return keys().file("keys/wechat/" + name);
}

std::string Bench::key_text(const std::string& name) const {
  std::string text = file_text(key_path(name));
  if (!name.ends_with(".pem") && text.ends_with('\n')) text.pop_back();
  return text;
}

Draft Bench::draft(net::Method method, std::string target, std::string body,
                   const std::string& mch_id) {
  Draft out;
  out.method = method;
  out.target = std::move(target);
  out.body = std::move(body);
  out.mch_id = mch_id;
  out.nonce = random.alphanumeric(32);
  out.timestamp = std::to_string(clock.now().ms / 1000);
  const bool main = mch_id == main_mch;
  out.serial = key_text(main ? "merchant_serial" : "merchant2_serial");
  out.key_file = main ? "merchant_key.pem" : "merchant2_key.pem";
  return out;
}

net::Request Bench::request(const Draft& draft) const {
  net::Request out;
  out.method = draft.method;
  out.target = draft.target;
  const auto mark = draft.target.find('?');
  out.path = *net::percent_decode(draft.target.substr(0, mark));
  if (mark != std::string::npos) out.query = draft.target.substr(mark + 1);
  out.body = draft.body;
  const std::string message = std::string(net::to_string(draft.method)) + "\n" + draft.target +
                              "\n" + draft.timestamp + "\n" + draft.nonce + "\n" +
                              (draft.signed_body.empty() ? draft.body : draft.signed_body) + "\n";
  const std::string signature = rsa_sign_base64(key_text(draft.key_file), message);
  out.headers.set("Authorization", "WECHATPAY2-SHA256-RSA2048 mchid=\"" + draft.mch_id +
                                       "\",nonce_str=\"" + draft.nonce + "\",signature=\"" +
                                       signature + "\",timestamp=\"" + draft.timestamp +
                                       "\",serial_no=\"" + draft.serial + "\"");
  out.headers.set("Accept", "application/json");
  out.headers.set("User-Agent", "a merchant");
  if (!draft.body.empty()) out.headers.set("Content-Type", "application/json");
  if (draft.mch_id == main_mch)
    out.headers.set("Wechatpay-Serial", key_text("platform_public_key_id"));
  draft.headers(out.headers);
  return out;
}

net::Response Bench::answer(net::Request& request) {
  boost::asio::io_context io;
  std::optional<net::Response> response;
  boost::asio::co_spawn(io, simulator.handle(request),
                        [&](std::exception_ptr thrown, net::Response got) {
                          REQUIRE_FALSE(thrown);
                          response = std::move(got);
                        });
  io.run();
  REQUIRE(response);
  return *response;
}

net::Response Bench::send(const Draft& draft) {
  net::Request made = request(draft);
  return answer(made);
}

net::Response Bench::place(const Order& order, const std::string& method) {
  const std::string mch = order.members.at("mchid");
  const std::string signer = mch == "\"" + std::string(cert_mch) + "\"" ? cert_mch : main_mch;
  return send(draft(net::Method::post, "/v3/pay/transactions/" + method, order.body(), signer));
}

net::Response Bench::query(const std::string& number, const std::string& mch) {
  return send(draft(net::Method::get,
                    "/v3/pay/transactions/out-trade-no/" + number + "?mchid=" + mch, "", mch));
}

net::Response Bench::close(const std::string& number) {
  return send(draft(net::Method::post, "/v3/pay/transactions/out-trade-no/" + number + "/close",
                    std::string("{\"mchid\":\"") + main_mch + "\"}"));
}

net::Response Bench::control(net::Method method, const std::string& path, const std::string& body) {
  net::Request made;
  made.method = method;
  made.target = "/_sandbox" + path;
  const auto mark = made.target.find('?');
  made.path = made.target.substr(0, mark);
  if (mark != std::string::npos) made.query = made.target.substr(mark + 1);
  made.body = body;
  return answer(made);
}

rapidjson::Document Bench::control_json(const std::string& path, const std::string& body) {
  const auto response = control(body.empty() ? net::Method::get : net::Method::post, path, body);
  INFO(path << " " << body << " → " << response.status << " " << response.body);
  REQUIRE(response.status == 200);
  return parsed(response.body);
}

bool Bench::is_signed(const net::Response& response) const {
  const auto header = [&](const char* name) {
    return std::string(response.headers.find(name).value_or(""));
  };
  const std::string serial = header("Wechatpay-Serial");
  if (serial.empty()) return false;
  const std::string message = header("Wechatpay-Timestamp") + "\n" + header("Wechatpay-Nonce") +
                              "\n" + response.body + "\n";
  std::string key = key_text("platform_public_key.pem");
  if (!serial.starts_with("PUB_KEY_ID_")) {
    int number = 1;
    while (certificate_serial(key_text("platform_cert_" + std::to_string(number) + ".pem")) !=
           serial)
      ++number;
    key = public_pem_of_certificate(key_text("platform_cert_" + std::to_string(number) + ".pem"));
  }
  return rsa_verify_base64(key, message, header("Wechatpay-Signature"));
}

std::string Bench::code(const net::Response& response) {
  if (response.status < 300) return "";
  return at(parsed(response.body), "/code");
}

}  // namespace tollgate::sandbox::test
