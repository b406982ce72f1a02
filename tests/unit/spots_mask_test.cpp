#include <algorithm>
#include <limits>
#include <string>

#include "histo/spots.hpp"

#include "support/catch.hpp"

using histo::clean_spot_mask;
using histo::ErrorKind;
using histo::Mask;
using histo::Rect;
using histo::SpotOptions;
using histo::test::error_of;

namespace {

void paint(Mask& mask, const Rect& area, std::uint8_t value) {
  for (std::int64_t y = area.y; y < area.y + area.height; ++y) {
    std::fill_n(mask.row(y) + area.x, area.width, value);
  }
}

std::size_t tissue_pixels(const Mask& mask) {
  return static_cast<std::size_t>(
      std::count(mask.bytes().begin(), mask.bytes().end(), std::uint8_t{1}));
}

/// Squares whose contours' areas are the squares of these sides less one.
Mask squares(const std::vector<std::int64_t>& sides) {
  Mask mask(200, 60);
  std::int64_t x = 2;
  for (const std::int64_t side : sides) {
    paint(mask, {x, 5, side, side}, 1);
    x += side + 4;
  }
  return mask;
}

void check_refused(const SpotOptions& options, const std::string& sentence) {
  const auto error = error_of([&] { histo::validate(options); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(std::string(error->what()) == sentence);
}

}  // namespace

TEST_CASE("spot mask: pieces far from the median area go") {
  // Areas 400, 400, 400, 64 and 900; the median is 400.
  const Mask cleaned = clean_spot_mask(squares({21, 21, 21, 9, 31}), {});

  CHECK(tissue_pixels(cleaned) == 3 * 21 * 21);
  CHECK(cleaned.row(10)[5] == 1);
  CHECK(cleaned.row(6)[80] == 0);
}

TEST_CASE("spot mask: the limits themselves are within") {
  SpotOptions options;
  options.min_relative_area = 0.16;  // 64 of 400
  options.max_relative_area = 2.25;  // 900 of 400

  CHECK(tissue_pixels(clean_spot_mask(squares({21, 21, 21, 9, 31}), options)) ==
        3 * 21 * 21 + 9 * 9 + 31 * 31);
}

TEST_CASE(
    "spot mask: what is below the least area or above the greatest has no part in the median") {
  SpotOptions options;
  options.min_area = 65.0;
  options.max_area = 400.0;
  options.min_relative_area = 0.0;
  options.max_relative_area.reset();

  CHECK(tissue_pixels(clean_spot_mask(squares({21, 13, 9, 31}), options)) == 21 * 21 + 13 * 13);
}

TEST_CASE("spot mask: holes of what stays are filled") {
  Mask mask = squares({21, 21, 21});
  paint(mask, {10, 10, 4, 4}, 0);

  CHECK(tissue_pixels(clean_spot_mask(mask, {})) == 3 * 21 * 21);
}

TEST_CASE("spot mask: any value but 0 is tissue") {
  Mask mask(40, 40);
  paint(mask, {5, 5, 20, 20}, 255);

  CHECK(tissue_pixels(clean_spot_mask(mask, {})) == 400);
}

TEST_CASE("spot mask: without tissue, or with specks alone, nothing stays") {
  Mask specks(30, 30);
  paint(specks, {3, 3, 2, 2}, 1);

  CHECK(tissue_pixels(clean_spot_mask(Mask(30, 20), {})) == 0);
  CHECK(clean_spot_mask(Mask(30, 20), {}).size() == histo::Size{30, 20});
  CHECK(tissue_pixels(clean_spot_mask(specks, {})) == 0);
  CHECK(clean_spot_mask(Mask(), {}).empty());
}

TEST_CASE("spot options: what is out of range is refused") {
  SpotOptions options;
  options.min_area = -1.0;
  check_refused(options, "--spot-min-area must be at least 0, got -1");

  options = {};
  options.max_area = 9.5;
  check_refused(options, "--spot-max-area must be at least --spot-min-area, got 9.5");

  options = {};
  options.min_relative_area = std::numeric_limits<double>::quiet_NaN();
  check_refused(options, "--spot-min-relative-area must be at least 0, got nan");

  options = {};
  options.max_relative_area = 0.1;
  check_refused(options,
                "--spot-max-relative-area must be at least --spot-min-relative-area, got 0.1");
}

TEST_CASE("spot mask: options out of range are refused before anything is looked at") {
  SpotOptions options;
  options.min_area = -2.0;

  const auto error = error_of([&] { clean_spot_mask(Mask(3, 3), options); });

  REQUIRE(error);
  CHECK(histo::test::contains(error->what(), "--spot-min-area"));
}
