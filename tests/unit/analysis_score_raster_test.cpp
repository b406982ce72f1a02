#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "histo/score_raster.hpp"

#include "support/catch.hpp"
#include "unit/analysis_refused.hpp"

using namespace histo;
using histo::test::check_refused;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// NaN as -1, which no score here is.
std::vector<double> with_gaps(const ScoreRaster& raster) {
  std::vector<double> values;
  for (const double value : raster.values) values.push_back(std::isnan(value) ? -1.0 : value);
  return values;
}

}  // namespace

TEST_CASE("analysis: tiles become pixels, and where they overlap their mean") {
  // Two neighbours, and one that lies over the second and the ground below.
  const ScoreRaster raster =
      score_raster({{0, 0, 8, 8}, {8, 0, 8, 8}, {12, 4, 8, 8}}, {2, 6, 12}, {20, 16}, 4);

  CHECK(raster.size == Size{5, 4});
  CHECK(with_gaps(raster) == std::vector<double>{2,  2,  6,  6,  -1,  //
                                                 2,  2,  6,  9,  12,  //
                                                 -1, -1, -1, 12, 12,  //
                                                 -1, -1, -1, -1, -1});
}

TEST_CASE("analysis: neighbours share no pixel and leave none at any downsample") {
  std::vector<Rect> tiles;
  std::vector<double> scores;
  for (std::int64_t i = 0; i < 10; ++i) {
    tiles.push_back({i * 7, 0, 7, 5});
    scores.push_back(static_cast<double>(i));
  }
  for (const double downsample : {1.0, 1.3, 2.0, 2.7, 3.5, 4.999, 7.0}) {
    const ScoreRaster raster = score_raster(tiles, scores, {70, 5}, downsample);
    for (std::int64_t x = 0; x < raster.size.width; ++x) {
      const double centre = (static_cast<double>(x) + 0.5) * downsample;
      if (centre >= 70) continue;
      INFO("pixel " << x << " at the downsample " << downsample);
      CHECK(raster.values[static_cast<std::size_t>(x)] == std::floor(centre / 7));
    }
  }
}

TEST_CASE("analysis: a tile smaller than a pixel still has one") {
  const ScoreRaster raster = score_raster({{17, 1, 2, 2}}, {3}, {32, 8}, 8);

  CHECK(with_gaps(raster) == std::vector<double>{-1, -1, 3, -1});
}

TEST_CASE("analysis: tiles are cut where the slide ends") {
  const ScoreRaster raster = score_raster({{-4, -4, 8, 8}, {100, 100, 8, 8}}, {1, 5}, {10, 6}, 2);

  CHECK(raster.size == Size{5, 3});
  CHECK(with_gaps(raster) ==
        std::vector<double>{1, 1, -1, -1, -1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1});
}

TEST_CASE("analysis: a raster without tiles is empty ground") {
  CHECK(with_gaps(score_raster({}, {}, {3, 2}, 2)) == std::vector<double>{-1, -1});
}

TEST_CASE("analysis: what no raster can be made of is refused") {
  const std::vector<Rect> tiles{{0, 0, 4, 4}};
  check_refused(ErrorKind::usage,
                "the downsample of a raster must be a finite number above 0, got 0", [&] {
                  score_raster(tiles, {1}, {8, 8}, 0);
                });
  check_refused(ErrorKind::usage,
                "a raster of 100000 x 100000 pixels at the downsample 1 has more than 268435456",
                [&] {
                  score_raster(tiles, {1}, {100000, 100000}, 1);
                });
  check_refused("the slide has 0 x 8 pixels", [&] { score_raster(tiles, {1}, {0, 8}, 1); });
  check_refused("the scores are 2 for 1 rows", [&] { score_raster(tiles, {1, 2}, {8, 8}, 1); });
  check_refused("the score of tile 0 is nan", [&] {
    score_raster(tiles, {not_a_number}, {8, 8}, 1);
  });
  check_refused("tile 0 has 4 x 0 pixels", [] { score_raster({{0, 0, 4, 0}}, {1}, {8, 8}, 1); });
}

TEST_CASE("analysis: equal scores share the mean of their ranks") {
  CHECK(rank_normalised({30, 10, 20, 20}) == std::vector<double>{1.0, 0.25, 0.625, 0.625});
  CHECK(rank_normalised({5, 5}) == std::vector<double>{0.75, 0.75});
  CHECK(rank_normalised({}).empty());
  check_refused("the score of tile 1 is nan", [] { rank_normalised({1, not_a_number}); });
}
