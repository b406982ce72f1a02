#include <algorithm>
#include <cstdlib>

#include "histo/codec.hpp"

#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

Image gradient(std::int64_t width, std::int64_t height) {
  Image image(width, height);
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(x * 2);
      pixel[1] = static_cast<std::uint8_t>(y * 3);
      pixel[2] = static_cast<std::uint8_t>(x + y);
    }
  }
  return image;
}

// A 2 x 1 RGBA PNG: (200, 100, 0, 128) and (10, 20, 30, 255).
const std::vector<std::uint8_t> png_with_alpha = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
    0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0xf4,
    0x22, 0x7f, 0x8a, 0x00, 0x00, 0x00, 0x11, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x38,
    0x91, 0xc2, 0xd0, 0xc0, 0x25, 0x22, 0xf7, 0x1f, 0x00, 0x0d, 0x24, 0x02, 0xe8, 0x2b, 0xea,
    0x67, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

}  // namespace

TEST_CASE("codec: a PNG gives back the pixels it was made of") {
  const Image image = gradient(37, 21);

  const std::vector<std::uint8_t> bytes = encode_png(image);

  CHECK(decode_image(bytes.data(), bytes.size(), "a.png").bytes() == image.bytes());
}

TEST_CASE("codec: a PNG is made from a view with gaps between its rows") {
  const Image image = gradient(40, 8);
  const ImageView left{image.data(), 10, 8, image.stride()};

  const std::vector<std::uint8_t> bytes = encode_png(left);

  const Image decoded = decode_image(bytes.data(), bytes.size(), "a.png");
  REQUIRE(decoded.width() == 10);
  CHECK(std::equal(decoded.row(5), decoded.row(5) + 30, image.row(5)));
}

TEST_CASE("codec: a JPEG of quality 95 is close to the pixels it was made of") {
  const Image image = gradient(64, 48);

  const std::vector<std::uint8_t> bytes = encode_jpeg(image, 95);

  const Image decoded = decode_image(bytes.data(), bytes.size(), "a.jpeg");
  REQUIRE(decoded.size() == image.size());
  double difference = 0;
  for (std::size_t i = 0; i < image.bytes().size(); ++i) {
    difference += std::abs(image.bytes()[i] - decoded.bytes()[i]);
  }
  CHECK(difference / static_cast<double>(image.bytes().size()) < 3.0);
}

TEST_CASE("codec: the same pixels give the same bytes") {
  const Image image = gradient(50, 50);

  for (int level = 1; level <= 9; ++level) {
    CHECK(encode_png(image, level) == encode_png(image, level));
  }
  CHECK(encode_jpeg(image, 80) == encode_jpeg(image, 80));
}

TEST_CASE("codec: a grey JPEG decodes to equal channels") {
  Mask grey(16, 16, 77);

  const std::vector<std::uint8_t> bytes = encode_jpeg(grey, 90);

  const Image decoded = decode_image(bytes.data(), bytes.size(), "g.jpeg");
  CHECK(decoded.data()[0] == decoded.data()[1]);
  CHECK(decoded.data()[0] == decoded.data()[2]);
}

TEST_CASE("codec: transparency in a PNG is blended over white") {
  const Image image = decode_image(png_with_alpha.data(), png_with_alpha.size(), "t.png");

  REQUIRE(image.width() == 2);
  CHECK(image.data()[0] == 227);  // (200 * 128 + 255 * 127) / 255
  CHECK(image.data()[2] == 127);
  CHECK(image.data()[3] == 10);
}

TEST_CASE("codec: a truncated file is an error that names it") {
  const Image image = gradient(64, 64);

  for (std::vector<std::uint8_t> bytes : {encode_png(image), encode_jpeg(image, 80)}) {
    for (const std::size_t share : std::vector<std::size_t>{2, 4, 10}) {
      const std::size_t length = bytes.size() * (share - 1) / share;
      const auto error = error_of([&] { decode_image(bytes.data(), length, "cut"); });
      REQUIRE(error);
      CHECK(error->kind() == ErrorKind::input);
      CHECK(contains(error->what(), "cut: damaged "));
    }
  }
}

TEST_CASE("codec: bytes that are no image are an error that says so") {
  const std::string text = "this is a letter";
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());

  CHECK(contains(error_of([&] { decode_image(bytes, text.size(), "letter"); })->what(),
                 "letter: neither a PNG nor a JPEG file"));
  CHECK(contains(error_of([&] { decode_image(bytes, 0, "void"); })->what(),
                 "void: the file is empty"));
}

TEST_CASE("codec: an image without pixels cannot be encoded") {
  const auto error = error_of([] { encode_png(Image()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "PNG encoder: the image has no pixels"));
}

TEST_CASE("codec: a coding's format, quality and compression are all obeyed") {
  const Image image = gradient(60, 40);
  const Mask grey(20, 20, 1);

  CHECK(encode(image, {ImageFormat::png, 80, 6}) == encode_png(image, 6));
  CHECK(encode(image, {ImageFormat::jpeg, 30, 6}) == encode_jpeg(image, 30));
  CHECK(encode(grey, {ImageFormat::png, 80, 6}) == encode_png(grey, 6));
  CHECK(encode(grey, {ImageFormat::jpeg, 30, 6}) == encode_jpeg(grey, 30));
  CHECK(encode(image, {}) == encode_png(image, 1));
}
