#include <algorithm>
#include <string>
#include <vector>

#include "histo/picture.hpp"

#include "picture/canvas.hpp"
#include "support/catch.hpp"

using histo::annotate_spots;
using histo::cluster_sheet;
using histo::Colour;
using histo::ErrorKind;
using histo::Image;
using histo::Rect;
using histo::test::error_of;

namespace {

constexpr Colour sure{220, 0, 0};
constexpr Colour doubtful{230, 130, 0};

Colour pixel(const Image& image, std::int64_t x, std::int64_t y) {
  const std::uint8_t* at = image.row(y) + 3 * x;
  return {at[0], at[1], at[2]};
}

std::size_t pixels_of(const Image& image, Colour colour, const Rect& area) {
  std::size_t count = 0;
  for (std::int64_t y = area.y; y < area.y + area.height; ++y) {
    for (std::int64_t x = area.x; x < area.x + area.width; ++x) {
      if (pixel(image, x, y) == colour) ++count;
    }
  }
  return count;
}

Image tile_of(Colour colour) {
  Image image(50, 50);
  histo::picture::fill(image, {0, 0, 50, 50}, colour);
  return image;
}

}  // namespace

TEST_CASE("spot labels: each spot has a box, its inside stays as it was") {
  const Image image =
      annotate_spots(Image(200, 160, 200), {2000, 1600}, {{{400, 400, 600, 500}, "7"}}, {});

  CHECK(image.size() == histo::Size{200, 160});
  for (const std::int64_t x : {40, 41, 98, 99}) CHECK(pixel(image, x, 60) == sure);
  for (const std::int64_t y : {40, 41, 88, 89}) CHECK(pixel(image, 60, y) == sure);
  CHECK(pixels_of(image, {200, 200, 200}, {42, 42, 56, 46}) == 56 * 46);
  CHECK(pixel(image, 39, 60) == Colour{200, 200, 200});
  CHECK(pixel(image, 100, 60) == Colour{200, 200, 200});
}

TEST_CASE("spot labels: the number stands above the box, at the upper edge within it") {
  const Image below =
      annotate_spots(Image(200, 160, 255), {200, 160}, {{{40, 60, 60, 50}, "7"}}, {});
  const Image at_edge =
      annotate_spots(Image(200, 160, 255), {200, 160}, {{{40, 0, 60, 50}, "7"}}, {});

  CHECK(pixels_of(below, sure, {40, 30, 60, 30}) > 10);
  CHECK(pixels_of(below, sure, {42, 62, 56, 46}) == 0);
  CHECK(pixels_of(at_edge, sure, {42, 2, 56, 46}) > 10);
}

TEST_CASE("spot labels: spots that share a place are orange and have a thicker line") {
  const Image image =
      annotate_spots(Image(200, 160, 255), {200, 160}, {{{40, 60, 60, 50}, "7-1", true}}, {});

  CHECK(pixels_of(image, sure, {0, 0, 200, 160}) == 0);
  for (const std::int64_t x : {40, 41, 42, 43}) CHECK(pixel(image, x, 80) == doubtful);
  CHECK_FALSE(pixel(image, 44, 80) == doubtful);
}

TEST_CASE("spot labels: notes make the picture larger, no spots leave it as it was") {
  const Image bare = annotate_spots(Image(200, 160, 9), {200, 160}, {}, {});
  const Image noted = annotate_spots(Image(200, 160, 9), {200, 160}, {}, {"no spot at 3"});

  CHECK(bare.bytes() == Image(200, 160, 9).bytes());
  CHECK(noted.height() > 170);
  CHECK(pixel(noted, 0, 0) == Colour{9, 9, 9});
}

TEST_CASE("spot labels: a thumbnail or slide without pixels is refused") {
  const auto error = error_of([] { annotate_spots(Image(), {10, 10}, {}, {}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) ==
        "annotate_spots was given a thumbnail of 0 x 0 and a slide of 10 x 10 pixels");
}

TEST_CASE("cluster sheet: ten tiles stand in a row, those at random below the nearest") {
  const std::vector<Image> nearest(12, tile_of({1, 2, 3}));
  const std::vector<Image> at_random(3, tile_of({4, 5, 6}));

  const Image image = cluster_sheet("cluster 0", nearest, at_random);

  const Rect all{0, 0, image.width(), image.height()};
  CHECK(pixels_of(image, {1, 2, 3}, all) == 12 * 112 * 112);
  CHECK(pixels_of(image, {4, 5, 6}, all) == 3 * 112 * 112);
  CHECK(image.width() == 6 + 10 * 118);
  const std::int64_t first_row = 100;
  CHECK(pixel(image, 20, first_row) == Colour{1, 2, 3});
  CHECK(pixel(image, 6 + 9 * 118 + 20, first_row) == Colour{1, 2, 3});
  CHECK(pixel(image, 6 + 118 + 20, first_row + 118) == Colour{1, 2, 3});
  CHECK(pixel(image, 6 + 2 * 118 + 20, first_row + 118) == Colour{255, 255, 255});
  CHECK(pixel(image, 20, image.height() - 20) == Colour{4, 5, 6});
}

TEST_CASE("cluster sheet: further lines of the title take further room, an empty list takes none") {
  const std::vector<Image> tiles(1, tile_of({1, 2, 3}));
  const Image one = cluster_sheet("cluster 0", tiles, {});
  const Image two = cluster_sheet("cluster 0\nbackground 0.31", tiles, {});
  const Image both = cluster_sheet("cluster 0", tiles, tiles);

  CHECK(two.height() == one.height() + 26);
  CHECK(both.height() - one.height() == 26 + 6 + 118);
  CHECK(cluster_sheet("cluster 0", {}, {}).height() < 50);
}

TEST_CASE("cluster sheet: a long title is not cut off") {
  const std::vector<Image> tiles(1, tile_of({1, 2, 3}));

  CHECK(cluster_sheet(std::string(100, 'x'), tiles, {}).width() > 1000);
}

TEST_CASE("cluster sheet: an empty tile is refused") {
  const auto error = error_of([] { cluster_sheet("cluster 0", {Image()}, {}); });

  REQUIRE(error);
  CHECK(std::string(error->what()) == "contact_sheet_tile was given an empty tile");
}
