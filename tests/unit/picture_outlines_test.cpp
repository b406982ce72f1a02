#include <string>
#include <vector>

#include "histo/picture.hpp"

#include "support/catch.hpp"

using histo::Colour;
using histo::ErrorKind;
using histo::Image;
using histo::outline_tiles;
using histo::Rect;
using histo::test::error_of;

namespace {

constexpr Colour red{255, 0, 0};
constexpr Colour blue{0, 0, 255};
constexpr Colour grey{200, 200, 200};

Colour pixel(const Image& image, std::int64_t x, std::int64_t y) {
  const std::uint8_t* at = image.row(y) + 3 * x;
  return {at[0], at[1], at[2]};
}

std::size_t pixels_of(const Image& image, Colour colour) {
  std::size_t count = 0;
  for (std::int64_t y = 0; y < image.height(); ++y) {
    for (std::int64_t x = 0; x < image.width(); ++x) {
      if (pixel(image, x, y) == colour) ++count;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("tile outlines: red, the first tile blue and on top, corners inclusive") {
  const Image image =
      outline_tiles(Image(100, 50, 200), {1000, 500}, {{0, 0, 200, 200}, {200, 0, 200, 200}});

  CHECK(pixel(image, 0, 0) == blue);
  CHECK(pixel(image, 20, 10) == blue);  // the side that both share
  CHECK(pixel(image, 20, 20) == blue);
  CHECK(pixel(image, 21, 0) == red);
  CHECK(pixel(image, 40, 20) == red);
  CHECK(pixel(image, 10, 10) == grey);
  CHECK(pixel(image, 41, 10) == grey);
  CHECK(pixel(image, 10, 21) == grey);
  CHECK(pixels_of(image, blue) == 80);
  CHECK(pixels_of(image, red) == 80 - 21);
}

TEST_CASE("tile outlines: halves go to the even pixel and each axis has its own scale") {
  // x and w are divided by 10, y and h by 20.
  const Image image = outline_tiles(Image(100, 50, 200), {1000, 1000}, {{25, 70, 150, 100}});

  CHECK(pixel(image, 2, 4) == blue);   // 2.5, 3.5
  CHECK(pixel(image, 17, 9) == blue);  // 2 + 15, 4 + 5
  CHECK(pixel(image, 1, 4) == grey);
  CHECK(pixel(image, 2, 3) == grey);
  CHECK(pixel(image, 18, 9) == grey);
  CHECK(pixel(image, 17, 10) == grey);
}

TEST_CASE("tile outlines: what lies outside the thumbnail is cut off") {
  const Image image = outline_tiles(Image(100, 50, 200), {100, 50},
                                    {{90, 40, 30, 30}, {-50, -50, 20, 20}, {500, 0, 10, 10}});

  CHECK(pixel(image, 90, 49) == blue);
  CHECK(pixel(image, 99, 40) == blue);
  CHECK(pixels_of(image, blue) == 10 + 10 - 1);
  CHECK(pixels_of(image, red) == 0);
}

TEST_CASE("tile outlines: without tiles the thumbnail comes back as it was") {
  Image wide(10, 4, 7);
  wide.row(1)[2] = 99;

  const Image image = outline_tiles({wide.data(), 6, 4, wide.stride()}, {60, 40}, {});

  CHECK(image.size() == histo::Size{6, 4});
  CHECK(image.row(1)[2] == 99);
  CHECK(image.row(3)[17] == 7);
}

TEST_CASE("tile outlines: a thumbnail of one pixel holds any tile") {
  const Image image = outline_tiles(Image(1, 1, 200), {5000, 3}, {{0, 0, 512, 512}});

  CHECK(pixel(image, 0, 0) == blue);
}

TEST_CASE("tile outlines: a thumbnail or slide without pixels is refused") {
  const auto of_thumbnail = error_of([] { outline_tiles(Image(), {10, 10}, {}); });
  const auto of_slide = error_of([] { outline_tiles(Image(2, 1), {10, 0}, {}); });

  REQUIRE(of_thumbnail);
  REQUIRE(of_slide);
  CHECK(of_thumbnail->kind() == ErrorKind::internal);
  CHECK(std::string(of_thumbnail->what()) ==
        "outline_tiles was given a thumbnail of 0 x 0 and a slide of 10 x 10 pixels");
  CHECK(std::string(of_slide->what()) ==
        "outline_tiles was given a thumbnail of 2 x 1 and a slide of 10 x 0 pixels");
}
