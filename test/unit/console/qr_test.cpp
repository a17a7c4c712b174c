#include "console/qr.hpp"

#include <ZXing/ImageView.h>
#include <ZXing/ReadBarcode.h>
#include <ZXing/TextUtfEncoding.h>
#include <png.h>

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace tollgate::console;

namespace {

struct Picture {
  int width = 0;
  int height = 0;
  std::vector<unsigned char> gray;  // eight bits a pixel
};

Picture decode_png(const std::string& png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_memory(&image, png.data(), png.size()) != 0);
  image.format = PNG_FORMAT_GRAY;
  Picture picture{static_cast<int>(image.width), static_cast<int>(image.height), {}};
  picture.gray.resize(PNG_IMAGE_SIZE(image));
  REQUIRE(png_image_finish_read(&image, nullptr, picture.gray.data(), 0, nullptr) != 0);
  return picture;
}

std::string scan(const std::string& png) {
  const Picture picture = decode_png(png);
  const ZXing::ImageView view(picture.gray.data(), picture.width, picture.height,
                              ZXing::ImageFormat::Lum);
  const ZXing::Result result = ZXing::ReadBarcode(view);
  REQUIRE(result.isValid());
  CHECK(result.format() == ZXing::BarcodeFormat::QRCode);
  return ZXing::TextUtfEncoding::ToUtf8(result.text());
}

}  // namespace

TEST_CASE("what a code holds is read back from its picture", "[unit][console]") {
  const std::string longest(qr_max_bytes, 'x');
  for (const std::string& text :
       {std::string("weixin://wxpay/bizpayurl?pr=qJ9aX2bZz"), std::string("7"),
        std::string("https://pay.example.com/pay/requestpay/Zm9vYmFyYmF6cXV4-_0123456789"),
        std::string("支付 — ¥99"), longest}) {
    CAPTURE(text);
    CHECK(scan(draw_qr_png(text)) == text);
  }
}

TEST_CASE(
    "the picture is grayscale of one bit a pixel, eight pixels a module, with a quiet zone of four",
    "[unit][console]") {
  const std::string png = draw_qr_png("weixin://wxpay/bizpayurl?pr=qJ9aX2bZz");
  constexpr std::size_t bit_depth_at = 24;
  CHECK(png.substr(12, 4) == "IHDR");
  CHECK(png[bit_depth_at] == 1);
  CHECK(png[bit_depth_at + 1] == PNG_COLOR_TYPE_GRAY);

  const Picture picture = decode_png(png);
  CHECK(picture.width == picture.height);
  CHECK(picture.width % 8 == 0);
  CHECK(qr_modules(png) * 8 == static_cast<std::size_t>(picture.width));
  const auto at = [&](int x, int y) {
    return picture.gray[static_cast<std::size_t>(y * picture.width + x)];
  };
  for (int i = 0; i < 32; ++i)
    for (int along = 0; along < picture.width; ++along) {
      REQUIRE(at(along, i) == 255);
      REQUIRE(at(i, along) == 255);
    }
  CHECK(at(32, 32) == 0);
  CHECK(at(39, 39) == 0);
}

TEST_CASE("a text that no phone could read from a screen is refused", "[unit][console]") {
  CHECK_THROWS_AS(draw_qr_png(""), std::length_error);
  CHECK_THROWS_AS(draw_qr_png(std::string(qr_max_bytes + 1, 'x')), std::length_error);
}

TEST_CASE("the cache keeps the codes used last and no more than it may", "[unit][console]") {
  QrCache cache(3);
  const std::string a = cache.png("a");
  cache.png("b");
  cache.png("c");
  CHECK(cache.size() == 3);
  CHECK(cache.png("a") == a);
  cache.png("d");  // b is the oldest now
  CHECK(cache.size() == 3);
  CHECK(cache.png("a") == draw_qr_png("a"));
  CHECK(cache.png("b") == draw_qr_png("b"));
  CHECK(cache.size() == 3);
}

TEST_CASE("the cache may be used by many threads", "[unit][console]") {
  QrCache cache(4);
  std::vector<std::thread> threads;
  std::vector<std::string> last(4);
  for (std::size_t t = 0; t < last.size(); ++t) {
    threads.emplace_back([&cache, &last, t] {
      for (int i = 0; i < 30; ++i) last[t] = cache.png("text " + std::to_string(i % 6));
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(cache.size() == 4);
  for (const std::string& png : last) CHECK(png == draw_qr_png("text 5"));
}
