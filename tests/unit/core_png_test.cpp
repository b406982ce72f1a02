#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "histo/codec.hpp"

#include "core/png_filter.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

using Bytes = std::vector<std::uint8_t>;

// Bytes that no deflate makes smaller, so that the stored form and its bound are in use.
Image noise(std::int64_t width, std::int64_t height) {
  std::mt19937 random(7);
  Image image(width, height);
  std::generate_n(image.data(), image.bytes().size(),
                  [&] { return static_cast<std::uint8_t>(random()); });
  return image;
}

/// A smooth ground with some noise, as tissue has it.
Image texture(std::int64_t width, std::int64_t height) {
  std::mt19937 random(7);
  Image image(width, height);
  for (std::int64_t i = 0; i < 3 * width * height; ++i) {
    const std::int64_t ground = (i / 3 % width + 2 * (i / 3 / width)) / 8 % 100;
    image.data()[i] =
        static_cast<std::uint8_t>(100 + ground + static_cast<std::int64_t>(random() % 4));
  }
  return image;
}

Image decoded(const Bytes& bytes) { return decode_image(bytes.data(), bytes.size(), "a.png"); }

std::uint8_t predicted(int left, int above, int corner) {
  const int estimate = left + above - corner;
  const int to_left = std::abs(estimate - left);
  const int to_above = std::abs(estimate - above);
  const int to_corner = std::abs(estimate - corner);
  if (to_left <= to_above && to_left <= to_corner) return static_cast<std::uint8_t>(left);
  return static_cast<std::uint8_t>(to_above <= to_corner ? above : corner);
}

}  // namespace

TEST_CASE("png: every level gives back the pixels, whatever the size") {
  const std::vector<Size> sizes = {{1, 1}, {1, 300}, {300, 1},  {2, 2},
                                   {5, 7}, {17, 33}, {255, 129}};
  for (int level = 1; level <= 9; ++level) {
    for (const Size size : sizes) {
      INFO("level " << level << ", " << size.width << " x " << size.height);
      for (const Image& image : {noise(size.width, size.height), texture(size.width, size.height),
                                 Image(size.width, size.height, 255)}) {
        CHECK(decoded(encode_png(image, level)).bytes() == image.bytes());
      }
    }
  }
}

TEST_CASE("png: a large image gives back its pixels") {
  for (const Image& image : {noise(3001, 1999), texture(3001, 1999)}) {
    CHECK(decoded(encode_png(image, 1)).bytes() == image.bytes());
    CHECK(decoded(encode_png(image, 2)).bytes() == image.bytes());
  }
}

TEST_CASE("png: pixels that cannot be compressed cost next to nothing more") {
  const Image image = noise(512, 512);
  for (int level = 1; level <= 9; ++level) {
    CHECK(encode_png(image, level).size() < image.bytes().size() + image.bytes().size() / 200);
  }
}

TEST_CASE("png: every level above the first is smaller than the first") {
  const Image image = texture(512, 512);
  const std::size_t fastest = encode_png(image, 1).size();
  CHECK(fastest < image.bytes().size() / 2);
  for (int level = 2; level <= 9; ++level) CHECK(encode_png(image, level).size() < fastest);
}

TEST_CASE("png: a mask becomes one grey channel with its values") {
  Mask mask(61, 40);
  for (std::int64_t i = 0; i < 61 * 40; ++i) mask.data()[i] = i % 7 < 3 ? 1 : 0;
  for (int level = 1; level <= 9; ++level) {
    const Bytes bytes = encode_png(mask, level);
    REQUIRE(bytes[25] == 0);  // grey
    const Image image = decoded(bytes);
    REQUIRE(image.size() == mask.size());
    for (std::int64_t i = 0; i < 61 * 40; ++i) {
      if (image.data()[3 * i] != mask.data()[i]) FAIL("pixel " << i);
    }
  }
}

TEST_CASE("png: a mask is made from a view with gaps between its rows") {
  Mask mask(8, 3);
  for (std::int64_t i = 0; i < 24; ++i) mask.data()[i] = static_cast<std::uint8_t>(i);

  const Image left = decoded(encode_png(MaskView{mask.data(), 2, 3, 8}));

  CHECK(left.bytes() == Bytes{0, 0, 0, 1, 1, 1, 8, 8, 8, 9, 9, 9, 16, 16, 16, 17, 17, 17});
}

TEST_CASE("png: the file is a header, one chunk of pixels and an end") {
  const Bytes bytes = encode_png(Image(258, 3, 9));

  const Bytes start = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D',
                       'R',  0,   0,   1,   2,    0,    0,    0,    3, 8, 2, 0,  0,   0};
  const Bytes end = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
  REQUIRE(bytes.size() > start.size() + end.size());
  CHECK(std::equal(start.begin(), start.end(), bytes.begin()));
  CHECK(std::equal(end.rbegin(), end.rend(), bytes.rbegin()));
  const std::size_t length = std::size_t{bytes[33]} << 24U | std::size_t{bytes[34]} << 16U |
                             std::size_t{bytes[35]} << 8U | bytes[36];
  CHECK(std::string(bytes.begin() + 37, bytes.begin() + 41) == "IDAT");
  CHECK(bytes.size() == 33 + 12 + length + 12);
}

TEST_CASE("png: a level that does not exist is named") {
  for (const int level : {-1, 0, 10}) {
    const auto error = error_of([&] { encode_png(Image(2, 2), level); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(error->what() ==
          "PNG encoder: the compression must lie in [1, 9], got " + std::to_string(level));
  }
}

TEST_CASE("png: an image without pixels or with too many is refused") {
  const std::uint8_t byte = 0;
  CHECK(contains(error_of([&] {
                   encode_png(MaskView{&byte, 0, 5, 0});
                 })->what(),
                 "PNG encoder: the image has no pixels"));
  for (const Size size : {Size{50'000, 50'000}, Size{1, 2'000'000'000}, Size{2'000'000'000, 1}}) {
    const auto error = error_of([&] { encode_png(ImageView{&byte, size.width, size.height, 0}); });
    REQUIRE(error);
    CHECK(contains(error->what(), " pixels is too large"));
  }
}

TEST_CASE("png: the Paeth filter takes the nearest of three neighbours") {
  std::mt19937 random(3);
  for (const std::size_t count : {0U, 1U, 2U, 3U, 4U, 18U, 19U, 20U, 35U, 400U}) {
    for (const std::size_t pixel : {1U, 3U}) {
      Bytes above(count);
      Bytes row(count);
      Bytes filtered(count);
      // Few values, so that equal distances and equal neighbours are frequent.
      const unsigned values = count % 2 == 0 ? 256 : 4;
      for (auto* bytes : {&above, &row}) {
        for (std::uint8_t& byte : *bytes) byte = static_cast<std::uint8_t>(random() % values * 37);
      }

      paeth_filter(above.data(), row.data(), count, pixel, filtered.data());

      for (std::size_t i = 0; i < count; ++i) {
        const bool first = i < pixel;
        const int wanted =
            row[i] - predicted(first ? 0 : row[i - pixel], above[i], first ? 0 : above[i - pixel]);
        INFO(count << " bytes, pixels of " << pixel << ", byte " << i);
        REQUIRE(filtered[i] == static_cast<std::uint8_t>(wanted));
      }
    }
  }
}

TEST_CASE("png: the Paeth filter is right for every triple of neighbours") {
  // Rows of 48 bytes whose pixel i has one triple each: 256^3 is too many for every one, so all
  // pairs of differences to the corner are taken, at three corners.
  for (const int corner : {0, 100, 255}) {
    for (int left = 0; left < 256; ++left) {
      Bytes above(512);
      Bytes row(512);
      Bytes filtered(512);
      for (std::size_t i = 0; i < 256; ++i) {
        above[2 * i] = static_cast<std::uint8_t>(corner);
        above[2 * i + 1] = static_cast<std::uint8_t>(i);
        row[2 * i] = static_cast<std::uint8_t>(left);
      }
      paeth_filter(above.data(), row.data(), 512, 1, filtered.data());
      for (int i = 0; i < 256; ++i) {
        const auto wanted = static_cast<std::uint8_t>(-predicted(left, i, corner));
        if (filtered[static_cast<std::size_t>(2 * i + 1)] != wanted) {
          FAIL("left " << left << ", above " << i << ", corner " << corner);
        }
      }
    }
  }
}

TEST_CASE("png: the bytes do not depend on what lay in memory before") {
  const Mask mask = [] {
    Mask disc(64, 64);
    for (std::int64_t i = 0; i < 64 * 64; ++i) {
      const std::int64_t x = i % 64 - 32;
      const std::int64_t y = i / 64 - 32;
      disc.data()[i] = x * x + y * y < 700 ? 1 : 0;
    }
    return disc;
  }();
  const Image image = texture(64, 64);
  const Bytes mask_bytes = encode_png(mask);
  const Bytes image_bytes = encode_png(image);
  for (std::uint16_t value = 0; value < 256; ++value) {
    {
      // All that the writer takes, in its order, so that it is given the same places again.
      std::vector<std::vector<std::uint16_t>> dirt;
      dirt.reserve(4);
      for (const std::size_t size : {4'160U, 5'501U, 151'552U, 82'384U}) {
        dirt.emplace_back(size / 2, value);
      }
      REQUIRE(dirt.back().back() == value);
    }

    REQUIRE(encode_png(mask) == mask_bytes);
    REQUIRE(encode_png(image) == image_bytes);
  }
}
