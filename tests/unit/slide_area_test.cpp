#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/resize.hpp"
#include "histo/slide.hpp"

#include "core/files.hpp"
#include "support/catch.hpp"
#include "support/noise.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

// The ruler: dark lines, 24 level-0 pixels thick, whose middles lie on these level-0 places.
constexpr double first_line = 101.0;
constexpr double line_distance = 197.0;
constexpr double half_thickness = 12.0;

/// Lines across both axes on pale ground, each pixel the mean of what it covers.
Image ruler(Size size) {
  const auto darkness = [](std::int64_t length) {
    std::vector<double> dark(static_cast<std::size_t>(length), 0.0);
    for (double middle = first_line; middle < static_cast<double>(length) - 30.0;
         middle += line_distance) {
      const auto from = static_cast<std::size_t>(middle - half_thickness);
      const auto to = static_cast<std::size_t>(middle + half_thickness);
      std::fill(dark.begin() + static_cast<std::ptrdiff_t>(from),
                dark.begin() + static_cast<std::ptrdiff_t>(to), 1.0);
    }
    return dark;
  };
  const std::vector<double> across = darkness(size.width);
  const std::vector<double> down = darkness(size.height);
  Image image(size.width, size.height);
  for (std::int64_t y = 0; y < size.height; ++y) {
    for (std::int64_t x = 0; x < size.width; ++x) {
      const bool is_dark =
          across[static_cast<std::size_t>(x)] + down[static_cast<std::size_t>(y)] > 0.0;
      std::fill_n(image.row(y) + 3 * x, 3, static_cast<std::uint8_t>(is_dark ? 70 : 220));
    }
  }
  return image;
}

/// Means of `factor` by `factor` pixels; a last row or column that is not whole is dropped, as
/// slide writers do.
Image reduced(const Image& image, std::int64_t factor) {
  Image small(image.width() / factor, image.height() / factor);
  for (std::int64_t y = 0; y < small.height(); ++y) {
    for (std::int64_t i = 0; i < 3 * small.width(); ++i) {
      int sum = 0;
      for (std::int64_t k = 0; k < factor * factor; ++k) {
        sum += image.row(y * factor + k / factor)[3 * (i / 3 * factor + k % factor) + i % 3];
      }
      small.row(y)[i] = static_cast<std::uint8_t>(sum / static_cast<int>(factor * factor));
    }
  }
  return small;
}

std::vector<Image> pyramid(Image image, std::int64_t factor, int count) {
  std::vector<Image> levels;
  levels.push_back(std::move(image));
  while (static_cast<int>(levels.size()) < count) levels.push_back(reduced(levels.back(), factor));
  return levels;
}

/// Where the lines lie in the image, in its pixels, along the row or column between two lines of
/// the other direction. `scale` is level-0 pixels a pixel. Centroids of what differs from the
/// ground within a window around the line: the filter's overshoot belongs to them.
std::vector<double> lines_in(const Image& image, bool is_across, double clear_place, double scale) {
  const std::int64_t length = is_across ? image.width() : image.height();
  const auto clear = static_cast<std::int64_t>(clear_place);
  const auto dark = [&](std::int64_t i) {
    const std::uint8_t* pixel = is_across ? image.row(clear) + 3 * i : image.row(i) + 3 * clear;
    return 220.0 - pixel[1];
  };
  const auto window = static_cast<std::int64_t>(0.4 * line_distance / scale);
  std::vector<double> lines;
  for (std::int64_t i = window; i + window < length; ++i) {
    if (dark(i) < 60.0) continue;
    const auto middle = i + static_cast<std::int64_t>(half_thickness / scale);
    if (middle + window >= length) break;
    double mass = 0.0;
    double moment = 0.0;
    for (std::int64_t k = middle - window; k <= middle + window; ++k) {
      mass += dark(k);
      moment += dark(k) * (static_cast<double>(k) + 0.5);
    }
    lines.push_back(moment / mass);
    i = middle + window;
  }
  return lines;
}

double clear_place(double begin, double scale) {
  const double steps = std::ceil((begin + 60.0 - first_line) / line_distance);
  return (first_line + (steps + 0.5) * line_distance - begin) / scale;
}

/// The lines' true places in an image of the area, those wholly inside.
double true_place(double line, double begin, double scale) {
  const double level_0 = line * scale + begin;
  const double n = std::round((level_0 - first_line) / line_distance);
  return (first_line + n * line_distance - begin) / scale;
}

struct Errors {
  std::size_t lines = 0;
  double place = 0.0;   ///< the largest error, image pixels
  double length = 0.0;  ///< of the distance from the first line to the last, as a share
};

void measure(const std::vector<double>& lines, double begin, double scale, Errors& errors) {
  for (const double line : lines) {
    ++errors.lines;
    const double error = std::abs(line - true_place(line, begin, scale));
    errors.place = std::max(errors.place, error);
  }
  if (lines.size() < 2) return;
  const double length = (lines.back() - lines.front()) * scale;
  const double whole = std::round(length / line_distance) * line_distance;
  errors.length = std::max(errors.length, std::abs(length / whole - 1.0));
}

Errors measure_slide(const Slide& slide, const Downsample& scale) {
  Errors errors;
  const Size size{static_cast<std::int64_t>(1000.0 / scale.x),
                  static_cast<std::int64_t>(1000.0 / scale.y)};
  const double width = static_cast<double>(size.width) * scale.x;
  const double height = static_cast<double>(size.height) * scale.y;
  for (const double x : {0.0, 333.0, 700.25, 1301.75}) {
    for (const double y : {0.0, 517.5, 1203.0}) {
      const Image image = slide.read_area({x, y, width, height}, size);
      measure(lines_in(image, true, clear_place(y, scale.y), scale.x), x, scale.x, errors);
      measure(lines_in(image, false, clear_place(x, scale.x), scale.y), y, scale.y, errors);
    }
  }
  return errors;
}

int greatest_difference(const Image& a, const Image& b) {
  if (a.size() != b.size()) return 256;
  int greatest = 0;
  for (std::size_t i = 0; i < a.bytes().size(); ++i) {
    greatest = std::max(greatest, std::abs(int{a.bytes()[i]} - int{b.bytes()[i]}));
  }
  return greatest;
}

Image cut(const Image& image, std::int64_t x, std::int64_t y, Size size) {
  Image part(size.width, size.height);
  for (std::int64_t row = 0; row < size.height; ++row) {
    std::memcpy(part.row(row), image.row(y + row) + 3 * x, part.stride());
  }
  return part;
}

}  // namespace

TEST_CASE("area: lengths and places of a ruler are true at every resolution of every pyramid") {
  const TempFolder folder;
  struct Pyramid {
    Size size;
    std::int64_t factor;
    int levels;
  };
  // The odd sizes give levels whose sizes are no whole shares of level 0.
  for (const Pyramid& made : {Pyramid{{2600, 2400}, 2, 1}, Pyramid{{2600, 2400}, 2, 4},
                              Pyramid{{2603, 2397}, 2, 4}, Pyramid{{2603, 2397}, 4, 3}}) {
    const auto file = folder.path() / "ruler.tiff";
    test::write_pyramid(file, pyramid(ruler(made.size), made.factor, made.levels));
    for (const SlideBackend backend : {SlideBackend::automatic, SlideBackend::openslide}) {
      const Slide slide(file, backend);
      REQUIRE(slide.level_count() == made.levels);
      for (const double native : {0.25, 0.2278}) {
        for (const double mpp : {0.25, 0.5, 1.0, 2.0}) {
          const double scale = mpp / native;
          INFO(made.size.width << " wide, halved by " << made.factor << ", reader "
                               << slide.reader() << ", " << mpp << " of " << native);

          const Errors errors = measure_slide(slide, {scale, scale});

          CHECK(errors.lines > 20);
          CHECK(errors.length < 0.0005);
          CHECK(errors.place < 0.05);
        }
      }
    }
  }
}

TEST_CASE("area: pixels that are not square are read as squares") {
  const TempFolder folder;
  const auto file = folder.path() / "ruler.tiff";
  test::write_pyramid(file, pyramid(ruler({2603, 2397}), 2, 3));

  const Errors errors = measure_slide(Slide(file), {4.39, 2.195});

  CHECK(errors.lines > 20);
  CHECK(errors.length < 0.0005);
  CHECK(errors.place < 0.05);
}

TEST_CASE("area: an enlarged ruler is true as well") {
  const TempFolder folder;
  const auto file = folder.path() / "ruler.tiff";
  test::write_pyramid(file, {ruler({2603, 2397})});

  const Errors errors = measure_slide(Slide(file), {0.5, 0.5});

  CHECK(errors.lines > 20);
  CHECK(errors.length < 0.0005);
  CHECK(errors.place < 0.05);
}

TEST_CASE("area: neighbours join without a seam") {
  const TempFolder folder;
  const auto file = folder.path() / "slide.tiff";
  for (const Size size : {Size{1403, 1201}, Size{1404, 1204}}) {
    test::write_pyramid(file, pyramid(test::tissue_image(size, {100, 100, 1200, 1000}), 2, 3));
    for (const SlideBackend backend : {SlideBackend::automatic, SlideBackend::openslide}) {
      const Slide slide(file, backend);
      // Where a downsample is not whole OpenSlide softens what it gives, each time a little
      // differently.
      const bool is_whole = slide.level_downsample(1).x == 2.0;
      const int allowed = backend == SlideBackend::openslide && !is_whole ? 3 : 1;
      for (const double scale : {0.7, 1.0, 1.1, 2.0, 2.195, 3.0, 4.39, 8.0}) {
        INFO(size.width << " wide, reader " << slide.reader() << ", scale " << scale);
        const double tile = 64.0 * scale;

        const Image both = slide.read_area({80.0, 70.0, 2 * tile, tile}, {128, 64});
        const Image left = slide.read_area({80.0, 70.0, tile, tile}, {64, 64});
        const Image right = slide.read_area({80.0 + tile, 70.0, tile, tile}, {64, 64});

        CHECK(greatest_difference(left, cut(both, 0, 0, {64, 64})) <= allowed);
        CHECK(greatest_difference(right, cut(both, 64, 0, {64, 64})) <= allowed);
      }
    }
  }
}

TEST_CASE("area: where the wanted pixels are a level's own they come as they are") {
  const TempFolder folder;
  const auto file = folder.path() / "slide.tiff";
  test::write_pyramid(file, pyramid(test::noise(1200, 1000), 2, 2));
  for (const SlideBackend backend : {SlideBackend::automatic, SlideBackend::openslide}) {
    const Slide slide(file, backend);

    CHECK(slide.read_area({30, 40, 200, 100}, {200, 100}).bytes() ==
          slide.read({30, 40, 200, 100}, 0).bytes());
    CHECK(slide.read_area({30, 40, 200, 100}, {100, 50}).bytes() ==
          slide.read({30, 40, 200, 100}, 1).bytes());
  }
}

TEST_CASE("area: half of the only level is its means") {
  const TempFolder folder;
  const auto file = folder.path() / "image.png";
  const Image image = test::noise(300, 200);
  write_file(file, encode_png(image));

  const Image half = Slide(file).read_area({20, 40, 100, 60}, {50, 30});

  for (const std::int64_t x : {0, 17, 49}) {
    int sum = 2;
    for (const int k : {0, 1, 2, 3})
      sum += image.row(40 + 2 * 11 + k / 2)[3 * (20 + 2 * x + k % 2)];
    CHECK(int{half.row(11)[3 * x]} == sum / 4);
  }
}

TEST_CASE("area: at every scale the pixels are about the means of what they cover") {
  const TempFolder folder;
  const auto file = folder.path() / "slide.tiff";
  // A wave of 61 pixels along both axes, which no filter should weaken much.
  Image wave(1500, 900);
  const auto value = [](double x, double y) {
    return 128.0 + 50.0 * std::sin(x * 0.103) + 50.0 * std::sin(y * 0.103);
  };
  for (std::int64_t y = 0; y < 900; ++y) {
    for (std::int64_t x = 0; x < 1500; ++x) {
      const double v = value(static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5);
      std::fill_n(wave.row(y) + 3 * x, 3, static_cast<std::uint8_t>(std::lround(v)));
    }
  }
  test::write_pyramid(file, {wave});
  const Slide slide(file);
  for (const double scale : {1.3, 2.0, 2.195, 3.0, 4.39, 6.0}) {
    const Image image = slide.read_area({200.3, 100.6, 80 * scale, 80 * scale}, {80, 80});
    double error = 0.0;
    for (std::int64_t y = 0; y < 80; ++y) {
      for (std::int64_t x = 0; x < 80; ++x) {
        const double true_value = value(200.3 + (static_cast<double>(x) + 0.5) * scale,
                                        100.6 + (static_cast<double>(y) + 0.5) * scale);
        error = std::max(error, std::abs(image.row(y)[3 * x + 1] - true_value));
      }
    }
    INFO("scale " << scale);
    CHECK(error < 6.0);
  }
}

TEST_CASE("area: what lies outside the slide is white") {
  const TempFolder folder;
  const auto file = folder.path() / "slide.tiff";
  test::write_pyramid(file, pyramid(ruler({700, 600}), 2, 2));
  for (const SlideBackend backend : {SlideBackend::automatic, SlideBackend::openslide}) {
    const Slide slide(file, backend);
    for (const double scale : {1.0, 1.5, 2.5}) {
      const double side = 60 * scale;

      const Image outside = slide.read_area({-300.5, 650, side, side}, {60, 60});
      const Image corner = slide.read_area({-side / 2, -side / 2, side, side}, {60, 60});

      CHECK(outside.bytes() == std::vector<std::uint8_t>(outside.bytes().size(), 255));
      CHECK(int{corner.row(20)[3 * 20]} == 255);
      CHECK(int{corner.row(40)[3 * 20]} == 255);
      CHECK(std::abs(int{corner.row(40)[3 * 40]} - 220) < 4);
    }
  }
}

TEST_CASE("area: a large area is read in parts that make up the whole") {
  const TempFolder folder;
  const auto file = folder.path() / "image.tiff";
  const Image image = test::noise(3400, 3000);
  test::write_plain_tiff(file, image);
  const Size size{40, 30};

  const Image parts = Slide(file).read_area({0, 0, 3400, 3000}, size);

  const Image whole = resize_image(reduced(image, 8), size, Interpolation::bicubic);
  CHECK(greatest_difference(cut(parts, 3, 3, {34, 24}), cut(whole, 3, 3, {34, 24})) <= 2);
}

TEST_CASE("area: an area or an image without pixels is an error that names both") {
  const TempFolder folder;
  const auto file = folder.path() / "image.png";
  write_file(file, encode_png(test::noise(30, 20)));
  const Slide slide(file);

  const auto no_image = error_of([&] { slide.read_area({0, 0, 8, 8}, {0, 4}); });
  const auto no_area = error_of([&] { slide.read_area({0, 0, 8, 0}, {4, 4}); });
  const auto nowhere = error_of([&] { slide.read_area({std::nan(""), 0, 8, 8}, {4, 4}); });

  REQUIRE(no_image);
  CHECK(no_image->kind() == ErrorKind::internal);
  CHECK(contains(no_image->what(), "an area of 8 x 8 cannot be read as 0 x 4 pixels"));
  REQUIRE(no_area);
  CHECK(contains(no_area->what(), "an area of 8 x 0 cannot be read as 4 x 4 pixels"));
  REQUIRE(nowhere);
}
