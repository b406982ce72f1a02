#include <string>
#include <string_view>
#include <vector>

#include "histo/encoder.hpp"

#include "core/fingerprint.hpp"
#include "support/catch.hpp"
#include "unit/encoder_fixture.hpp"

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

TEST_CASE("encoder: resizing gives Pillow's bytes for all filters, up and down") {
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

TEST_CASE("encoder: a row of four pixels is halved by each filter as Pillow does") {
  using Bytes = std::vector<std::uint8_t>;
  const auto halved = [](Interpolation interpolation) {
    return histo::resize_image(four_pixels(), {2, 1}, interpolation).bytes();
  };

  CHECK(halved(Interpolation::box) == Bytes{50, 15, 255, 25, 35, 0});
  CHECK(halved(Interpolation::bilinear) == Bytes{43, 17, 219, 36, 33, 36});
  CHECK(halved(Interpolation::bicubic) == Bytes{44, 16, 234, 35, 34, 21});
}

TEST_CASE("encoder: an image that keeps its size keeps its bytes") {
  const Image image = noise(13, 9);

  CHECK(histo::resize_image(image, {13, 9}, Interpolation::bicubic).bytes() == image.bytes());
}

TEST_CASE("encoder: resizing looks only at the view's own pixels") {
  const Image whole = noise(40, 30);
  const histo::ImageView part{whole.row(4) + 3 * 5, 20, 16, whole.stride()};
  Image copy(20, 16);
  for (std::int64_t y = 0; y < 16; ++y) std::copy_n(part.row(y), copy.stride(), copy.row(y));

  for (const Size size : {Size{7, 9}, Size{20, 9}, Size{7, 16}, Size{20, 16}}) {
    CHECK(histo::resize_image(part, size, Interpolation::bilinear).bytes() ==
          histo::resize_image(copy, size, Interpolation::bilinear).bytes());
  }
}

TEST_CASE("encoder: resizing to or from nothing is an error that names both sizes") {
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
