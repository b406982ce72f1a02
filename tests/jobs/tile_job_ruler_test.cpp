#include <algorithm>
#include <cmath>
#include <vector>

#include "jobs/tile_checks.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::cut_tiles;
using histo::test::image_of;
using histo::test::record_of;
using histo::test::table_of;
using histo::test::Workplace;

namespace {

// Dark lines, 24 level-0 pixels thick, whose middles lie 197 of them apart, across both axes.
constexpr double first_line = 101.0;
constexpr double line_distance = 197.0;
constexpr double half_thickness = 12.0;

bool is_on_line(std::int64_t place) {
  const double away = std::remainder(static_cast<double>(place) + 0.5 - first_line, line_distance);
  return std::abs(away) < half_thickness;
}

Image ruler(Size size) {
  Image image(size.width, size.height, 220);
  for (std::int64_t y = 0; y < size.height; ++y) {
    for (std::int64_t x = 0; x < size.width; ++x) {
      if (is_on_line(x) || is_on_line(y)) std::fill_n(image.row(y) + 3 * x, 3, std::uint8_t{70});
    }
  }
  return image;
}

/// Means of 2 x 2 pixels.
Image halved(const Image& image) {
  Image half(image.width() / 2, image.height() / 2);
  for (std::int64_t y = 0; y < half.height(); ++y) {
    for (std::int64_t i = 0; i < 3 * half.width(); ++i) {
      const std::int64_t at = 6 * (i / 3) + i % 3;
      const int sum = image.row(2 * y)[at] + image.row(2 * y)[at + 3] + image.row(2 * y + 1)[at] +
                      image.row(2 * y + 1)[at + 3];
      half.row(y)[i] = static_cast<std::uint8_t>((sum + 2) / 4);
    }
  }
  return half;
}

/// How dark each column is, or each row, above the palest of them: the lines of the other direction
/// darken all columns alike.
std::vector<double> profile(const Image& image, bool is_across) {
  std::vector<double> dark(static_cast<std::size_t>(is_across ? image.width() : image.height()));
  for (std::int64_t y = 0; y < image.height(); ++y) {
    for (std::int64_t x = 0; x < image.width(); ++x) {
      dark[static_cast<std::size_t>(is_across ? x : y)] += 220.0 - image.row(y)[3 * x + 1];
    }
  }
  std::vector<double> sorted = dark;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2),
                   sorted.end());
  const double ground = sorted[sorted.size() / 2];
  for (double& value : dark) value -= ground;
  return dark;
}

/// The middles of the lines that lie wholly in the tile, in its pixels: centroids.
std::vector<double> lines_in(const std::vector<double>& dark, double scale) {
  const double most = *std::max_element(dark.begin(), dark.end());
  const auto window = static_cast<std::int64_t>(0.4 * line_distance / scale);
  const auto length = static_cast<std::int64_t>(dark.size());
  std::vector<double> lines;
  for (std::int64_t i = 0; i < length; ++i) {
    if (dark[static_cast<std::size_t>(i)] < 0.5 * most) continue;
    const auto middle = i + static_cast<std::int64_t>(half_thickness / scale);
    if (middle - window >= 0 && middle + window < length) {
      double mass = 0.0;
      double moment = 0.0;
      for (std::int64_t k = middle - window; k <= middle + window; ++k) {
        mass += dark[static_cast<std::size_t>(k)];
        moment += dark[static_cast<std::size_t>(k)] * (static_cast<double>(k) + 0.5);
      }
      lines.push_back(moment / mass);
    }
    i = middle + window;
  }
  return lines;
}

/// The largest errors along both axes of all tiles in a folder.
struct Errors {
  std::size_t lengths = 0;  ///< how many were measured
  double length = 0.0;      ///< of a length in micrometres, as a share
  double place = 0.0;       ///< of a line's place on the slide, level-0 pixels
};

void measure(const std::vector<double>& lines, double begin, double native, double mpp,
             Errors& errors) {
  const double scale = mpp / native;
  for (const double line : lines) {
    const double away = std::remainder(begin + line * scale - first_line, line_distance);
    errors.place = std::max(errors.place, std::abs(away));
  }
  if (lines.size() < 2) return;
  ++errors.lengths;
  const double measured = (lines.back() - lines.front()) * mpp;
  const double truth = static_cast<double>(lines.size() - 1) * line_distance * native;
  errors.length = std::max(errors.length, std::abs(measured / truth - 1.0));
}

Errors measure_tiles(const std::filesystem::path& folder, double native, double mpp) {
  Errors errors;
  for (const TileRow& row : table_of(folder).rows) {
    const Image tile = image_of(folder, row.path);
    const double scale = mpp / native;
    measure(lines_in(profile(tile, true), scale), static_cast<double>(row.rect.x), native, mpp,
            errors);
    measure(lines_in(profile(tile, false), scale), static_cast<double>(row.rect.y), native, mpp,
            errors);
  }
  return errors;
}

/// The slide `s0.tiff` holds the ruler in some levels.
struct Measured : Workplace {
  explicit Measured(int levels) : Workplace(0) {
    std::vector<Image> pyramid{ruler({2600, 2400})};
    while (static_cast<int>(pyramid.size()) < levels) pyramid.push_back(halved(pyramid.back()));
    test::write_pyramid(slide(0), pyramid);
  }

  TileJobOptions at(double mpp, double native) const {
    TileJobOptions options;
    options.slides = {slide(0)};
    options.output = output();
    options.overwrite = Overwrite::always;
    options.resolution.mpp = mpp;
    options.resolution.slide_mpp = native;
    options.tiling.width = mpp < 1.0 ? 520 : 260;
    options.tiling.max_background = 1.0;
    options.tiling.in_bounds = true;
    return options;
  }
};

}  // namespace

TEST_CASE("ruler: lengths in the written tiles are right at 0.25, 0.5, 1 and 2 um a pixel") {
  // Levels of their own, one level for all, and ratios that are no whole numbers.
  for (const int levels : {4, 1}) {
    const Measured place(levels);
    for (const double native : {0.25, 0.2278}) {
      for (const double mpp : {0.25, 0.5, 1.0, 2.0}) {
        INFO(levels << " levels, " << mpp << " um of " << native);
        REQUIRE(cut_tiles(place.at(mpp, native)).count(Outcome::done) == 1);

        const SlideRecord record = record_of(place.folder(0));
        const Errors errors = measure_tiles(place.folder(0), native, *record.effective_mpp);

        CHECK(record.effective_mpp == mpp);
        CHECK(record.resampled == !(native == 0.25 && (levels == 4 || mpp == 0.25)));
        CHECK(errors.lengths >= 2);
        CHECK(errors.length < 0.005);
        CHECK(errors.place < 1.0);
      }
    }
  }
}
