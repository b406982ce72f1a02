#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "histo/resize.hpp"

#include "core/blend_rows.hpp"
#include "core/fingerprint.hpp"
#include "support/catch.hpp"
#include "support/noise.hpp"

using histo::Image;
using histo::Interpolation;
using histo::Size;
using histo::test::noise;

namespace {

struct Golden {
  Size from;
  Size to;
  Interpolation interpolation;
  std::string digest;
};

// Made with Pillow 9.5, where `noise(w, h)` is the fixture's image:
//   sha256(noise(w, h).resize((W, H), Image.BILINEAR).tobytes()).hexdigest()[:16]
const std::vector<Golden>& pillow() {
  static const std::vector<Golden> golden{
      {{64, 48}, {23, 17}, Interpolation::box, "e9a27c0ced42d2e4"},
      {{64, 48}, {23, 17}, Interpolation::bilinear, "c364206e355ebb56"},
      {{64, 48}, {23, 17}, Interpolation::bicubic, "1c530160ad2ac4d2"},
      {{31, 33}, {96, 80}, Interpolation::box, "d83a3f8494f77691"},
      {{31, 33}, {96, 80}, Interpolation::bilinear, "48abc4884aeabdc4"},
      {{31, 33}, {96, 80}, Interpolation::bicubic, "d081e3f4d3324f34"},
      {{101, 7}, {16, 40}, Interpolation::box, "bfac12cd77937cec"},
      {{101, 7}, {16, 40}, Interpolation::bilinear, "e4fa440b68c57729"},
      {{101, 7}, {16, 40}, Interpolation::bicubic, "e2986141a359fe98"},
      {{50, 40}, {50, 13}, Interpolation::box, "854adc07e7aa9a48"},
      {{50, 40}, {50, 13}, Interpolation::bilinear, "e8901b7a2ba892c0"},
      {{50, 40}, {50, 13}, Interpolation::bicubic, "d256cac412bca12e"},
      {{50, 40}, {13, 40}, Interpolation::box, "09f448840b1beedb"},
      {{50, 40}, {13, 40}, Interpolation::bilinear, "05f136e6ffbc49f7"},
      {{50, 40}, {13, 40}, Interpolation::bicubic, "a2a78b799c4c0712"},
      {{1, 1}, {3, 2}, Interpolation::box, "c270f9593700e38e"},
      {{1, 1}, {3, 2}, Interpolation::bilinear, "c270f9593700e38e"},
      {{1, 1}, {3, 2}, Interpolation::bicubic, "c270f9593700e38e"},
      {{9, 5}, {1, 1}, Interpolation::box, "cdab361400bd883e"},
      {{9, 5}, {1, 1}, Interpolation::bilinear, "25c91d57ea125d5d"},
      {{9, 5}, {1, 1}, Interpolation::bicubic, "2aa48d16a49b0234"},
      {{300, 200}, {224, 149}, Interpolation::box, "c441684ee7bbd719"},
      {{300, 200}, {224, 149}, Interpolation::bilinear, "3d248ccdd9d45ef3"},
      {{300, 200}, {224, 149}, Interpolation::bicubic, "63ba0377f30acbc2"}};
  return golden;
}

struct PartGolden {
  Size from;
  histo::Area area;
  Size to;
  Interpolation interpolation;
  std::string digest;
};

// Made likewise by noise(w, h).resize((W, H), resample, box=(x, y, x + width, y + height)); Pillow
// keeps a box in 32-bit floats, which hold these numbers exactly.
const std::vector<PartGolden>& pillow_parts() {
  static const std::vector<PartGolden> golden{
      {{64, 48}, {3.25, 5.5, 50.5, 37.75}, {23, 17}, Interpolation::box, "5cadf574706c92b2"},
      {{64, 48}, {3.25, 5.5, 50.5, 37.75}, {23, 17}, Interpolation::bilinear, "119070709b97cbe2"},
      {{64, 48}, {3.25, 5.5, 50.5, 37.75}, {23, 17}, Interpolation::bicubic, "6e6fa82c2564d794"},
      {{64, 48}, {0.375, 0.625, 30.125, 40.1875}, {61, 77}, Interpolation::box, "c3e92702dc2132f1"},
      {{64, 48},
       {0.375, 0.625, 30.125, 40.1875},
       {61, 77},
       Interpolation::bilinear,
       "672265554cf4721d"},
      {{64, 48},
       {0.375, 0.625, 30.125, 40.1875},
       {61, 77},
       Interpolation::bicubic,
       "9c4c324b46b7f57c"},
      {{64, 48}, {7.0, 4.0, 40.0, 30.0}, {20, 10}, Interpolation::box, "d5e39b114cce52f5"},
      {{64, 48}, {7.0, 4.0, 40.0, 30.0}, {20, 10}, Interpolation::bilinear, "0535688894dfbab2"},
      {{64, 48}, {7.0, 4.0, 40.0, 30.0}, {20, 10}, Interpolation::bicubic, "7bdab2fa18ed8865"},
      {{64, 48}, {7.5, 4.0, 40.0, 30.0}, {40, 30}, Interpolation::box, "ec11712643264ddf"},
      {{64, 48}, {7.5, 4.0, 40.0, 30.0}, {40, 30}, Interpolation::bilinear, "df89d161af5466a2"},
      {{64, 48}, {7.5, 4.0, 40.0, 30.0}, {40, 30}, Interpolation::bicubic, "c5bd1885867a7a8e"},
      {{64, 48}, {7.0, 4.25, 40.0, 30.0}, {40, 30}, Interpolation::box, "79580ec5496fea5a"},
      {{64, 48}, {7.0, 4.25, 40.0, 30.0}, {40, 30}, Interpolation::bilinear, "bcc427b1f70765bf"},
      {{64, 48}, {7.0, 4.25, 40.0, 30.0}, {40, 30}, Interpolation::bicubic, "8fe0a26370a86e33"},
      {{150, 140},
       {10.25, 9.75, 128.375, 117.5},
       {117, 107},
       Interpolation::box,
       "7bb72b24ebc6c12c"},
      {{150, 140},
       {10.25, 9.75, 128.375, 117.5},
       {117, 107},
       Interpolation::bilinear,
       "12e0e4a702f2a5e4"},
      {{150, 140},
       {10.25, 9.75, 128.375, 117.5},
       {117, 107},
       Interpolation::bicubic,
       "8faf9e527bafe1de"},
      {{90, 3}, {0.5, 0.5, 89.0, 2.0}, {33, 2}, Interpolation::box, "5ea42657a0eebb31"},
      {{90, 3}, {0.5, 0.5, 89.0, 2.0}, {33, 2}, Interpolation::bilinear, "1205176da0df72af"},
      {{90, 3}, {0.5, 0.5, 89.0, 2.0}, {33, 2}, Interpolation::bicubic, "59aed6c2032496cc"}};
  return golden;
}

std::string digest(const Image& image) {
  const auto* bytes = reinterpret_cast<const char*>(image.data());
  return histo::sha256(std::string_view(bytes, image.bytes().size())).substr(0, 16);
}

Image four_pixels() {
  Image image(4, 1);
  const std::vector<std::uint8_t> bytes{0, 10, 255, 100, 20, 255, 0, 30, 0, 50, 40, 0};
  std::copy(bytes.begin(), bytes.end(), image.data());
  return image;
}

}  // namespace

TEST_CASE("resize: resizing gives Pillow's bytes for all filters, up and down") {
  for (const Golden& golden : pillow()) {
    INFO(golden.from.width << " x " << golden.from.height << " to " << golden.to.width << " x "
                           << golden.to.height << ", filter "
                           << static_cast<int>(golden.interpolation));

    const Image resized = histo::resize_image(noise(golden.from.width, golden.from.height),
                                              golden.to, golden.interpolation);

    CHECK(resized.size() == golden.to);
    CHECK(digest(resized) == golden.digest);
  }
}

TEST_CASE("resize: a part with fractional sides gives Pillow's bytes for all filters") {
  for (const PartGolden& golden : pillow_parts()) {
    INFO(golden.from.width << " x " << golden.from.height << " from " << golden.area.x << " to "
                           << golden.to.width << " x " << golden.to.height << ", filter "
                           << static_cast<int>(golden.interpolation));

    const Image resized = histo::resize_image(noise(golden.from.width, golden.from.height),
                                              golden.area, golden.to, golden.interpolation);

    CHECK(resized.size() == golden.to);
    CHECK(digest(resized) == golden.digest);
  }
}

TEST_CASE("resize: a part of whole pixels that keeps its size keeps its bytes") {
  const Image image = noise(30, 20);

  const Image part = histo::resize_image(image, {3, 4, 20, 10}, {20, 10}, Interpolation::bicubic);

  for (std::int64_t y = 0; y < 10; ++y) {
    CHECK(std::equal(part.row(y), part.row(y) + part.stride(), image.row(y + 4) + 3 * 3));
  }
}

TEST_CASE("resize: a part that leaves the image or is empty is an error") {
  const Image image = noise(30, 20);
  using histo::Area;
  for (const Area& area : {Area{-0.5, 0, 10, 10}, Area{0, 0, 30.5, 10}, Area{0, 12, 10, 8.5},
                           Area{0, 0, 0, 10}, Area{0, 0, 10, std::nan("")}}) {
    const auto error = histo::test::error_of([&] {
      histo::resize_image(image, area, {5, 5}, Interpolation::box);
    });

    REQUIRE(error);
    CHECK(error->kind() == histo::ErrorKind::internal);
    CHECK(histo::test::contains(error->what(),
                                "the area to resize leaves the image of 30 x 20 pixels"));
  }
}

TEST_CASE("resize: every processor blends rows to the same bytes") {
  const Image image = noise(50, 9);
  for (std::size_t rows = 1; rows <= 9; ++rows) {
    std::vector<histo::WeightPair> weights;
    for (std::size_t row = 0; row < rows; row += 2) {
      const auto weight = static_cast<std::int32_t>(90'001 * row) - 310'000;
      weights.push_back(histo::weight_pair(weight, row + 1 < rows ? 300'023 - weight / 3 : 0));
    }
    for (const std::size_t length : {1U, 31U, 32U, 33U, 96U, 150U}) {
      std::vector<std::uint8_t> quick(length);
      std::vector<std::uint8_t> plain(length);

      histo::blend_rows({image.data(), image.stride(), rows}, weights.data(), length, quick.data());
      histo::blend_rows_portably({image.data(), image.stride(), rows}, weights.data(), length,
                                 plain.data());

      CHECK(quick == plain);
    }
  }
}

TEST_CASE("resize: a weight split in two is the same weight") {
  for (const std::int32_t weight : {0, 1, -1, 1023, 1024, -1024, -1025, 4'194'304, -900'000}) {
    const histo::WeightPair pair = histo::weight_pair(weight, -weight);

    CHECK(pair.high[0] * 2048 + pair.low[0] == weight);
    CHECK(pair.high[1] * 2048 + pair.low[1] == -weight);
  }
}

TEST_CASE("resize: bytes are transposed whatever their number") {
  const Image image = noise(20, 40);
  for (const std::size_t rows : {1U, 15U, 16U, 32U, 40U}) {
    for (const std::size_t length : {1U, 16U, 31U, 60U}) {
      std::vector<std::uint8_t> turned(length * rows);

      histo::transpose_bytes({image.data(), image.stride(), rows}, length, turned.data(), rows);

      bool same = true;
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < length; ++j) {
          same = same && turned[j * rows + i] == image.data()[i * image.stride() + j];
        }
      }
      CHECK(same);
    }
  }
}

TEST_CASE("resize: a row of four pixels is halved by each filter as Pillow does") {
  using Bytes = std::vector<std::uint8_t>;
  const auto halved = [](Interpolation interpolation) {
    return histo::resize_image(four_pixels(), {2, 1}, interpolation).bytes();
  };

  CHECK(halved(Interpolation::box) == Bytes{50, 15, 255, 25, 35, 0});
  CHECK(halved(Interpolation::bilinear) == Bytes{43, 17, 219, 36, 33, 36});
  CHECK(halved(Interpolation::bicubic) == Bytes{44, 16, 234, 35, 34, 21});
}

TEST_CASE("resize: an image that keeps its size keeps its bytes") {
  const Image image = noise(13, 9);

  CHECK(histo::resize_image(image, {13, 9}, Interpolation::bicubic).bytes() == image.bytes());
}

TEST_CASE("resize: resizing looks only at the view's own pixels") {
  const Image whole = noise(40, 30);
  const histo::ImageView part{whole.row(4) + 3 * 5, 20, 16, whole.stride()};
  Image copy(20, 16);
  for (std::int64_t y = 0; y < 16; ++y) std::copy_n(part.row(y), copy.stride(), copy.row(y));

  for (const Size size : {Size{7, 9}, Size{20, 9}, Size{7, 16}, Size{20, 16}}) {
    CHECK(histo::resize_image(part, size, Interpolation::bilinear).bytes() ==
          histo::resize_image(copy, size, Interpolation::bilinear).bytes());
  }
}

TEST_CASE("resize: resizing to or from nothing is an error that names both sizes") {
  const auto to_nothing = histo::test::error_of([] {
    histo::resize_image(noise(4, 3), {0, 5}, Interpolation::box);
  });
  const auto from_nothing = histo::test::error_of([] {
    histo::resize_image(Image(), {2, 2}, Interpolation::box);
  });

  REQUIRE(to_nothing);
  CHECK(to_nothing->kind() == histo::ErrorKind::internal);
  CHECK(to_nothing->what() == std::string("an image of 4 x 3 pixels cannot be resized to 0 x 5"));
  REQUIRE(from_nothing);
  CHECK(histo::test::contains(from_nothing->what(), "an image of 0 x 0 pixels"));
}
