#include "histo/spots.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "histo/codec.hpp"
#include "histo/tissue.hpp"

#include "core/fingerprint.hpp"
#include "support/catch.hpp"

using histo::ErrorKind;
using histo::find_spots;
using histo::Mask;
using histo::missing_numbers;
using histo::Rect;
using histo::Size;
using histo::Spot;
using histo::SpotGrid;
using histo::test::error_of;

namespace {

void paint(Mask& mask, const Rect& area) {
  for (std::int64_t y = area.y; y < area.y + area.height; ++y) {
    std::fill_n(mask.row(y) + area.x, area.width, std::uint8_t{1});
  }
}

/// Rows of spots, 40 pixels apart; '.' is a place without one. No two centroids share a coordinate
/// by more than their line.
Mask array_of(const std::vector<std::string>& rows) {
  Mask mask(40 * static_cast<std::int64_t>(rows.front().size()) + 40,
            40 * static_cast<std::int64_t>(rows.size()) + 40);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t column = 0; column < rows[row].size(); ++column) {
      if (rows[row][column] == '.') continue;
      const auto x = static_cast<std::int64_t>(40 * column);
      const auto y = static_cast<std::int64_t>(40 * row);
      paint(mask, {x + 20, y + 20, 20, 20});
    }
  }
  return mask;
}

const Spot& spot_at(const SpotGrid& grid, std::int64_t x, std::int64_t y) {
  const auto found = std::find_if(grid.spots.begin(), grid.spots.end(), [&](const Spot& spot) {
    return spot.rect.x <= x && x < spot.rect.x + spot.rect.width && spot.rect.y <= y &&
           y < spot.rect.y + spot.rect.height;
  });
  REQUIRE(found != grid.spots.end());
  return *found;
}

SpotGrid find_at_scale_one(const Mask& mask) { return find_spots(mask, mask.size()); }

}  // namespace

TEST_CASE("spots: numbers run along the rows from the top left") {
  const SpotGrid grid = find_at_scale_one(array_of({"ooo", "ooo"}));

  CHECK(grid.rows == 2);
  CHECK(grid.columns == 3);
  CHECK(grid.spots.size() == 6);
  CHECK_FALSE(grid.shared_places);
  CHECK(grid.rotation == 0.0);
  CHECK(spot_at(grid, 25, 25).name == "spot_1");
  CHECK(spot_at(grid, 65, 25).name == "spot_2");
  CHECK(spot_at(grid, 25, 65).name == "spot_4");
  CHECK(spot_at(grid, 105, 65).name == "spot_6");
  CHECK(spot_at(grid, 105, 65).row == 1);
  CHECK(spot_at(grid, 105, 65).column == 2);
  CHECK(missing_numbers(grid).empty());
}

TEST_CASE("spots: a place without a spot keeps its number") {
  const SpotGrid grid = find_at_scale_one(array_of({"o.oo", "oooo", ".o.o"}));

  CHECK(grid.rows == 3);
  CHECK(grid.columns == 4);
  CHECK(spot_at(grid, 105, 25).name == "spot_3");
  CHECK(spot_at(grid, 145, 105).name == "spot_12");
  CHECK(missing_numbers(grid) == std::vector<std::size_t>{2, 9, 11});
}

TEST_CASE("spots: several in one place are told apart, and this is said") {
  Mask mask = array_of({"ooo", "ooo", "ooo"});
  // The middle spot falls into two.
  for (std::int64_t y = 60; y < 80; ++y) std::fill_n(mask.row(y) + 69, 2, std::uint8_t{0});

  const SpotGrid grid = find_at_scale_one(mask);

  CHECK(grid.shared_places);
  CHECK(grid.spots.size() == 10);
  std::set<std::string> names;
  for (const Spot& spot : grid.spots) names.insert(spot.name);
  CHECK(names.size() == 10);
  CHECK(names.count("spot_5") == 0);
  CHECK(names.count("spot_5-1") == 1);
  CHECK(names.count("spot_5-2") == 1);
  CHECK(spot_at(grid, 62, 70).number == 5);
  CHECK(spot_at(grid, 77, 70).number == 5);
  CHECK(missing_numbers(grid).empty());
}

TEST_CASE("spots: an array that lies askew is turned back") {
  Mask mask(400, 400);
  const double turn = 4.0 * 3.14159265358979323846 / 180.0;
  for (int row = 0; row < 5; ++row) {
    for (int column = 0; column < 6; ++column) {
      if (row == 1 && column == 2) continue;
      const double x = 60.0 + 50.0 * column;
      const double y = 30.0 + 50.0 * row;
      paint(mask, {std::llround(x * std::cos(turn) - y * std::sin(turn)),
                   std::llround(x * std::sin(turn) + y * std::cos(turn)), 20, 20});
    }
  }

  const SpotGrid grid = find_at_scale_one(mask);

  CHECK(grid.rotation == 4.0);
  CHECK(grid.rows == 5);
  CHECK(grid.columns == 6);
  CHECK(missing_numbers(grid) == std::vector<std::size_t>{9});
}

TEST_CASE("spots: rectangles are in level-0 pixels, each axis by its own scale, halves to even") {
  Mask mask(40, 20);
  paint(mask, {5, 3, 11, 7});

  const SpotGrid grid = find_spots(mask, {60, 50});  // by 1.5 and by 2.5

  REQUIRE(grid.spots.size() == 1);
  CHECK(grid.spots[0].rect == Rect{8, 8, 16, 18});  // 7.5, 7.5, 16.5, 17.5
  CHECK(grid.spots[0].name == "spot_1");
}

TEST_CASE("spots: one or two spots are one place") {
  Mask mask(100, 40);
  paint(mask, {5, 5, 20, 20});
  paint(mask, {65, 5, 20, 20});

  const SpotGrid grid = find_at_scale_one(mask);

  CHECK(grid.rows == 1);
  CHECK(grid.columns == 1);
  CHECK(grid.spots[0].name == "spot_1-1");
  CHECK(grid.spots[1].name == "spot_1-2");
}

TEST_CASE("spots: without tissue there are none, nor where pieces have no area") {
  Mask line(20, 20);
  paint(line, {3, 3, 10, 1});

  for (const Mask& mask : {Mask(20, 20), line}) {
    const SpotGrid grid = find_at_scale_one(mask);
    CHECK(grid.spots.empty());
    CHECK(grid.rows == 0);
    CHECK(grid.columns == 0);
    CHECK(missing_numbers(grid).empty());
  }
}

TEST_CASE("spots: a hole is not a spot") {
  Mask mask(60, 60);
  paint(mask, {5, 5, 50, 50});
  for (std::int64_t y = 20; y < 40; ++y) std::fill_n(mask.row(y) + 20, 20, std::uint8_t{0});

  CHECK(find_at_scale_one(mask).spots.size() == 1);
}

TEST_CASE("spots: more pieces than can be numbered are refused") {
  Mask mask(200, 200);
  for (std::int64_t y = 0; y < 200; y += 4) {
    for (std::int64_t x = 0; x < 200; x += 4) paint(mask, {x, y, 2, 2});
  }

  const auto error = error_of([&] { find_at_scale_one(mask); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(std::string(error->what()) ==
        "found 2500 pieces of tissue that could be spots, at most 2000 can be numbered; raise "
        "--sigma or --spot-min-area");
}

TEST_CASE("spots: a mask or slide without pixels is refused") {
  const auto of_mask = error_of([] { find_spots(Mask(), {10, 10}); });
  const auto of_slide = error_of([] { find_spots(Mask(4, 3), {0, 10}); });

  REQUIRE(of_mask);
  REQUIRE(of_slide);
  CHECK(of_mask->kind() == ErrorKind::internal);
  CHECK(std::string(of_mask->what()) ==
        "find_spots was given a mask of 0 x 0 and a slide of 10 x 10 pixels");
  CHECK(std::string(of_slide->what()) ==
        "find_spots was given a mask of 4 x 3 and a slide of 0 x 10 pixels");
}

// HistoPrep 2.0.5: SlideReader("tma_spots.jpeg"), get_tissue_mask(level=0, sigma=2.0), whose
// multiplier is 1.05, get_spot_coordinates(mask); the digest is of the lines "name x y w h".
TEST_CASE("spots: those of a photographed array are HistoPrep's") {
  const auto file = histo::test::shared_file("data/images/tma_spots.jpeg");
  SKIP_WITHOUT(file, "data/images/tma_spots.jpeg");
  std::ifstream stream(*file, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  const histo::Image image = histo::decode_image(
      reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), "tma_spots.jpeg");
  histo::TissueOptions options;
  options.sigma = 2.0;

  const histo::Tissue tissue = detect_tissue(image, image.size(), options);
  const SpotGrid grid = find_spots(clean_spot_mask(tissue.mask, {}), image.size());

  std::string lines;
  for (const Spot& spot : grid.spots) {
    lines += spot.name;
    for (const std::int64_t value : {spot.rect.x, spot.rect.y, spot.rect.width, spot.rect.height}) {
      lines += " " + std::to_string(value);
    }
    lines += "\n";
  }
  CHECK(tissue.threshold == 211);
  CHECK(grid.spots.size() == 94);
  CHECK(grid.rows == 12);
  CHECK(grid.columns == 9);
  CHECK(missing_numbers(grid) ==
        std::vector<std::size_t>{18, 37, 46, 55, 64, 70, 73, 78, 79, 80, 81, 82, 91, 100});
  CHECK(histo::sha256(lines).substr(0, 16) == "a17d7b121cc6fc05");
}
