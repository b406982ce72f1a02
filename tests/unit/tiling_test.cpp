#include "histo/tiling.hpp"

#include <algorithm>
#include <cmath>

#include "histo/error.hpp"

#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

TilingOptions tiles_of(std::int64_t width, double overlap, bool in_bounds) {
  TilingOptions options;
  options.width = width;
  options.overlap = overlap;
  options.in_bounds = in_bounds;
  return options;
}

std::string message(const TilingOptions& options) {
  const auto error = error_of([&] { validate(options); });
  return error && error->kind() == ErrorKind::usage ? error->what() : "no usage error";
}

}  // namespace

TEST_CASE("tiling: rows run from the top, each from the left") {
  const std::vector<Rect> grid = tile_grid(Size{20, 20}, tiles_of(10, 0, false));

  REQUIRE(grid.size() == 4);
  CHECK(grid[0] == Rect{0, 0, 10, 10});
  CHECK(grid[1] == Rect{10, 0, 10, 10});
  CHECK(grid[2] == Rect{0, 10, 10, 10});
  CHECK(grid[3] == Rect{10, 10, 10, 10});
}

TEST_CASE("tiling: tiles may reach beyond the slide unless in-bounds is asked for") {
  CHECK(tile_grid(Size{25, 15}, tiles_of(10, 0, false)).size() == 6);
  CHECK(tile_grid(Size{25, 15}, tiles_of(10, 0, true)).size() == 2);
}

TEST_CASE("tiling: HistoPrep's own example of overlapping tiles") {
  const std::vector<Rect> grid = tile_grid(Size{8, 16}, tiles_of(8, 0.5, false));

  // HistoPrep's docstring leaves out of bounds tiles aside; with them a column at x = 4 is there
  // too.
  REQUIRE(grid.size() == 8);
  CHECK(grid[0] == Rect{0, 0, 8, 8});
  CHECK(grid[2] == Rect{0, 4, 8, 8});
}

TEST_CASE("tiling: an in-bounds grid never leaves the slide") {
  for (std::int64_t length = 10; length < 64; ++length) {
    for (const double overlap : {0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99}) {
      for (const Rect& tile : tile_grid(Size{length, 2 * length}, tiles_of(10, overlap, true))) {
        REQUIRE(tile.x + tile.width <= length);
        REQUIRE(tile.y + tile.height <= 2 * length);
      }
    }
  }
}

TEST_CASE("tiling: every pixel of the slide lies in a tile") {
  for (const double overlap : {0.0, 0.3, 0.5}) {
    std::vector<int> covered(47 * 31, 0);
    for (const Rect& tile : tile_grid(Size{47, 31}, tiles_of(10, overlap, false))) {
      const Rect there = intersect(tile, {0, 0, 47, 31});
      for (std::int64_t y = there.y; y < there.y + there.height; ++y) {
        for (std::int64_t x = there.x; x < there.x + there.width; ++x) {
          covered[static_cast<std::size_t>(y * 47 + x)] = 1;
        }
      }
    }
    CHECK(std::count(covered.begin(), covered.end(), 0) == 0);
  }
}

TEST_CASE("tiling: the step is rounded half to even") {
  // 5 * 0.5 = 2.5 rounds to 2, so the step is 3; 7 * 0.5 = 3.5 rounds to 4, so the step is 3.
  CHECK(tile_grid(Size{12, 5}, tiles_of(5, 0.5, false))[1].x == 3);
  CHECK(tile_grid(Size{12, 7}, tiles_of(7, 0.5, false))[1].x == 3);
}

TEST_CASE("tiling: an overlap of nearly the whole tile still moves on") {
  CHECK(tile_grid(Size{12, 10}, tiles_of(10, 0.999, true)).size() == 3);
}

TEST_CASE("tiling: a slide smaller than a tile is an input error that names both sizes") {
  const auto error = error_of([] { tile_grid(Size{16, 20}, tiles_of(512, 0, false)); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "the slide has 16 x 20 pixels, less than one tile of 512 x 512"));
}

TEST_CASE("tiling: options out of range are named with their values") {
  TilingOptions options;
  options.width = 0;
  CHECK(message(options) == "--width must be at least 1, got 0");
  options = {};
  options.height = -5;
  CHECK(message(options) == "--height must be at least 1, got -5");
  CHECK(message(tiles_of(10, 1.0, false)) == "--overlap must lie in [0, 1), got 1");
  CHECK(message(tiles_of(10, -0.1, false)) == "--overlap must lie in [0, 1), got -0.1");
  options = {};
  options.max_background = 1.5;
  CHECK(message(options) == "--max-background must lie in [0, 1], got 1.5");
}

TEST_CASE("tiling: the grid of an area begins at its corner and ends with it") {
  const std::vector<Rect> filled = tile_grid(Rect{7, 5, 25, 15}, tiles_of(10, 0, false));
  const std::vector<Rect> inside = tile_grid(Rect{7, 5, 25, 15}, tiles_of(10, 0, true));

  REQUIRE(filled.size() == 6);
  CHECK(filled[0] == Rect{7, 5, 10, 10});
  CHECK(filled[5] == Rect{27, 15, 10, 10});
  REQUIRE(inside.size() == 2);
  CHECK(inside[1] == Rect{17, 5, 10, 10});
}

TEST_CASE("tiling: an area smaller than a tile is an input error that names both sizes") {
  const auto error = error_of([] { tile_grid(Rect{90, 90, 9, 40}, tiles_of(10, 0, false)); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "the slide has 9 x 40 pixels, less than one tile of 10 x 10"));
}

TEST_CASE("tiling: a scale of one gives the plain grid") {
  for (const double overlap : {0.0, 0.3, 0.5}) {
    for (const bool in_bounds : {false, true}) {
      const TilingOptions options = tiles_of(10, overlap, in_bounds);
      CHECK(tile_grid(Rect{3, 4, 57, 43}, options, {1.0, 1.0}) ==
            tile_grid(Rect{3, 4, 57, 43}, options));
    }
  }
}

TEST_CASE("tiling: tiles of a fractional scale join exactly, and their rectangles to a pixel") {
  constexpr double scale = 0.5 / 0.2278;
  const TilingOptions options = tiles_of(512, 0, false);

  const std::vector<Rect> grid = tile_grid(Rect{0, 0, 100'000, 1'200}, options, {scale, scale});

  REQUIRE(grid.size() == 89 * 2);
  for (std::size_t i = 0; i < 89; ++i) {
    const double place = 512.0 * scale * static_cast<double>(i);
    const Area area = tile_area(grid[i], {512, 512}, {scale, scale});
    CHECK(std::abs(area.x - place) < 1e-6);
    CHECK(std::abs(area.width - 512.0 * scale) < 1e-9);
    CHECK(std::abs(static_cast<double>(grid[i].x) - place) <= 0.5);
    CHECK(grid[i].width == 1124);
  }
}

TEST_CASE("tiling: an overlap at a scale is rounded to whole pixels of the image") {
  // 5 * 0.5 = 2.5 rounds to 2, so the step is 3 pixels of the image, 6 of level 0.
  const std::vector<Rect> grid = tile_grid(Rect{0, 0, 24, 10}, tiles_of(5, 0.5, false), {2.0, 2.0});

  CHECK(grid[1] == Rect{6, 0, 10, 10});
}

TEST_CASE("tiling: at a scale the first tile begins at the image's first whole pixel in the area") {
  const std::vector<Rect> grid = tile_grid(Rect{5, 8, 40, 40}, tiles_of(4, 0, true), {4.0, 4.0});

  REQUIRE(grid.size() == 2 * 2);
  CHECK(grid[0] == Rect{8, 8, 16, 16});
  CHECK(grid[3] == Rect{24, 24, 16, 16});
}

TEST_CASE("tiling: at a scale an in-bounds tile's true place never leaves the area") {
  for (const double scale : {1.1, 1.5, 2.1949, 3.0}) {
    for (std::int64_t length = 40; length < 90; ++length) {
      const TilingOptions options = tiles_of(10, 0.25, true);
      for (const Rect& tile : tile_grid(Rect{3, 0, length, 90}, options, {scale, scale})) {
        const Area area = tile_area(tile, {10, 10}, {scale, scale});
        REQUIRE(area.x >= 3 - 1e-5);
        REQUIRE(area.x + area.width <= static_cast<double>(3 + length) + 1e-5);
      }
    }
  }
}

TEST_CASE("tiling: the axes may have scales of their own") {
  const std::vector<Rect> grid = tile_grid(Rect{0, 0, 40, 40}, tiles_of(10, 0, true), {4.0, 2.0});

  REQUIRE(grid.size() == 2);
  CHECK(grid[1] == Rect{0, 20, 40, 20});
}

TEST_CASE("tiling: no two rectangles of an enlarged grid are the same") {
  const std::vector<Rect> grid = tile_grid(Rect{1, 0, 30, 3}, tiles_of(2, 0, false), {0.5, 0.5});

  REQUIRE(grid.size() > 30);
  for (std::size_t i = 1; i < 30; ++i) CHECK(grid[i].x == grid[i - 1].x + 1);
}

TEST_CASE("tiling: tiles less than a level-0 pixel apart are an input error") {
  const auto error = error_of([] {
    tile_grid(Rect{0, 0, 30, 30}, tiles_of(4, 0.5, false), {0.25, 0.25});
  });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "the tiles would lie 0.5 level-0 pixels apart, less than one"));
}

TEST_CASE("tiling: a grid is counted without being made") {
  for (const bool in_bounds : {false, true}) {
    for (const double scale : {0.9, 1.0, 2.37}) {
      for (std::int64_t length = 60; length < 90; ++length) {
        const TilingOptions options = tiles_of(10, 0.3, in_bounds);
        const Rect area{3, 5, length, 2 * length};

        REQUIRE(tile_count(area, options, {scale, scale}) ==
                tile_grid(area, options, {scale, scale}).size());
      }
    }
  }
}

TEST_CASE("tiling: a grid that cannot be made cannot be counted") {
  const auto error = error_of([] {
    tile_count(Rect{0, 0, 30, 30}, tiles_of(31, 0, false), {1.0, 1.0});
  });

  REQUIRE(error);
  CHECK(contains(error->what(), "30 x 30 pixels, less than one tile of 31 x 31"));
}
