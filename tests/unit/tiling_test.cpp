#include "histo/tiling.hpp"

#include <algorithm>

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
  const std::vector<Rect> grid = tile_grid({20, 20}, tiles_of(10, 0, false));

  REQUIRE(grid.size() == 4);
  CHECK(grid[0] == Rect{0, 0, 10, 10});
  CHECK(grid[1] == Rect{10, 0, 10, 10});
  CHECK(grid[2] == Rect{0, 10, 10, 10});
  CHECK(grid[3] == Rect{10, 10, 10, 10});
}

TEST_CASE("tiling: tiles may reach beyond the slide unless in-bounds is asked for") {
  CHECK(tile_grid({25, 15}, tiles_of(10, 0, false)).size() == 6);
  CHECK(tile_grid({25, 15}, tiles_of(10, 0, true)).size() == 2);
}

TEST_CASE("tiling: HistoPrep's own example of overlapping tiles") {
  const std::vector<Rect> grid = tile_grid({8, 16}, tiles_of(8, 0.5, false));

  // HistoPrep's docstring leaves out of bounds tiles aside; with them a column at x = 4 is there
  // too.
  REQUIRE(grid.size() == 8);
  CHECK(grid[0] == Rect{0, 0, 8, 8});
  CHECK(grid[2] == Rect{0, 4, 8, 8});
}

TEST_CASE("tiling: an in-bounds grid never leaves the slide") {
  for (std::int64_t length = 10; length < 64; ++length) {
    for (const double overlap : {0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99}) {
      for (const Rect& tile : tile_grid({length, 2 * length}, tiles_of(10, overlap, true))) {
        REQUIRE(tile.x + tile.width <= length);
        REQUIRE(tile.y + tile.height <= 2 * length);
      }
    }
  }
}

TEST_CASE("tiling: every pixel of the slide lies in a tile") {
  for (const double overlap : {0.0, 0.3, 0.5}) {
    std::vector<int> covered(47 * 31, 0);
    for (const Rect& tile : tile_grid({47, 31}, tiles_of(10, overlap, false))) {
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
  CHECK(tile_grid({12, 5}, tiles_of(5, 0.5, false))[1].x == 3);
  CHECK(tile_grid({12, 7}, tiles_of(7, 0.5, false))[1].x == 3);
}

TEST_CASE("tiling: an overlap of nearly the whole tile still moves on") {
  CHECK(tile_grid({12, 10}, tiles_of(10, 0.999, true)).size() == 3);
}

TEST_CASE("tiling: a slide smaller than a tile is an input error that names both sizes") {
  const auto error = error_of([] { tile_grid({16, 20}, tiles_of(512, 0, false)); });

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
