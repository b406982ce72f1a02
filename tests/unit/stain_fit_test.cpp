#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "histo/error.hpp"
#include "histo/stain.hpp"

#include "stain_image.hpp"
#include "support/catch.hpp"
#include "support/noise.hpp"

using histo::ColourCounts;
using histo::Error;
using histo::ErrorKind;
using histo::Image;
using histo::Mask;
using histo::StainFit;
using histo::StainMethod;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;

namespace {

constexpr std::array<StainMethod, 3> methods{StainMethod::macenko, StainMethod::vahadane,
                                             StainMethod::reinhard};

ColourCounts counts_of(const Image& image) {
  ColourCounts counts;
  counts.add(image);
  return counts;
}

ColourCounts tissue_of(const Image& image) {
  ColourCounts counts;
  counts.add(image, histo::test::stained_mask());
  return counts;
}

template <std::size_t count>
double largest_difference(const std::array<double, count>& a, const std::array<double, count>& b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

bool same(const StainFit& a, const StainFit& b) {
  return a.method == b.method && a.stains == b.stains && a.concentrations == b.concentrations &&
         a.lab_mean == b.lab_mean && a.lab_deviation == b.lab_deviation;
}

bool finite(const StainFit& fit) {
  const auto all_finite = [](const auto& values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
  };
  return all_finite(fit.stains[0]) && all_finite(fit.stains[1]) && all_finite(fit.concentrations) &&
         all_finite(fit.lab_mean) && all_finite(fit.lab_deviation);
}

/// Each channel of noise is squeezed into [low, high].
Image squeezed_noise(std::int64_t width, std::int64_t height, int low, int high) {
  Image image = histo::test::noise(width, height);
  for (std::size_t i = 0; i < image.bytes().size(); ++i) {
    std::uint8_t& value = image.data()[i];
    value = static_cast<std::uint8_t>(low + value * (high - low) / 255);
  }
  return image;
}

/// Every pixel grey, all greys in turn.
Image grey_image(std::int64_t size) {
  Image image(size, size);
  for (std::size_t i = 0; i < image.bytes().size(); ++i) {
    image.data()[i] = static_cast<std::uint8_t>(i / 3 % 256);
  }
  return image;
}

}  // namespace

// The figures of the next three are HistoPrep 2.0.5's, with scikit-learn 1.9.1 and numpy 2.4.6:
// tests/parity/stain.py --golden.

TEST_CASE("stain: Macenko's fit is HistoPrep's") {
  const Image image = histo::test::stained_image();

  const StainFit fit = fit_stains(tissue_of(image), counts_of(image), StainMethod::macenko);

  CHECK(largest_difference(fit.stains[0], {0.614126565, 0.73760431, 0.280692795}) < 1e-8);
  CHECK(largest_difference(fit.stains[1], {0.158324664, 0.977384738, 0.140186925}) < 1e-8);
  CHECK(largest_difference(fit.concentrations, {1.645098451, 0.962151961}) < 1e-8);
}

TEST_CASE("stain: Vahadane's fit is HistoPrep's") {
  const Image image = histo::test::stained_image();

  const StainFit fit = fit_stains(tissue_of(image), counts_of(image), StainMethod::vahadane);

  CHECK(largest_difference(fit.stains[0], {0.381482783, 0.899683671, 0.212226714}) < 1e-8);
  CHECK(largest_difference(fit.stains[1], {0.844818262, -0.472379811, 0.251275584}) < 1e-8);
  CHECK(largest_difference(fit.concentrations, {2.189636284, 0.454606956}) < 1e-8);
}

TEST_CASE("stain: Reinhard's fit is the mean and the deviation in l, alpha and beta") {
  const StainFit fit = fit_stains(tissue_of(histo::test::stained_image()), StainMethod::reinhard);

  CHECK(largest_difference(fit.lab_mean, {8.400670354, -0.38311236, 0.041924578}) < 1e-8);
  CHECK(largest_difference(fit.lab_deviation, {0.436054471, 0.133158524, 0.023342168}) < 1e-8);
}

TEST_CASE("stain: Macenko's stains lie near those that the image was made of") {
  const StainFit fit = fit_stains(tissue_of(histo::test::stained_image()), StainMethod::macenko);

  for (std::size_t s = 0; s < 2; ++s) {
    const std::array<double, 3>& wanted = histo::test::true_stains[s];
    CHECK(largest_difference(fit.stains[s], wanted) < 0.1);
  }
}

TEST_CASE("stain: the pixels of the percentiles do not change the stain matrix") {
  const Image image = histo::test::stained_image();

  const StainFit slide = fit_stains(tissue_of(image), StainMethod::macenko);
  const StainFit single = fit_stains(tissue_of(image), counts_of(image), StainMethod::macenko);

  CHECK(slide.stains == single.stains);
  CHECK(slide.concentrations[0] > single.concentrations[0]);
}

TEST_CASE("stain: tiles counted one by one give the fit of the whole image") {
  const Image image = histo::test::noise(60, 40);
  ColourCounts tiles;
  for (const std::int64_t x : {40, 0, 20}) {
    for (const std::int64_t y : {20, 0}) {
      tiles.add(histo::ImageView{image.row(y) + 3 * x, 20, 20, image.stride()});
    }
  }

  for (const StainMethod method : methods) {
    CHECK(same(fit_stains(tiles, method), fit_stains(counts_of(image), method)));
  }
}

TEST_CASE("stain: colours are counted under the mask and listed in order") {
  Image image(4, 1);
  const std::vector<std::uint8_t> values{9, 8, 7, 1, 2, 3, 9, 8, 7, 5, 5, 5};
  std::copy(values.begin(), values.end(), image.data());
  Mask mask(4, 1, 1);
  mask.data()[3] = 0;

  ColourCounts counts;
  counts.add(image, mask);

  const std::vector<ColourCounts::Colour> colours = counts.colours();
  REQUIRE(colours.size() == 2);
  CHECK(counts.pixels() == 3);
  CHECK(colours[0].rgb == std::array<std::uint8_t, 3>{1, 2, 3});
  CHECK(colours[0].count == 1);
  CHECK(colours[1].rgb == std::array<std::uint8_t, 3>{9, 8, 7});
  CHECK(colours[1].count == 2);
}

TEST_CASE("stain: a mask of another size is an error") {
  ColourCounts counts;

  const auto error = error_of([&] { counts.add(Image(4, 3), Mask(3, 3)); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "the mask of stains has 3 x 3 pixels, its image has 4 x 3"));
}

TEST_CASE("stain: too few tissue pixels are an error that says how many there are") {
  for (const StainMethod method : methods) {
    const auto none = error_of([&] { fit_stains(ColourCounts(), method); });
    const auto one = error_of([&] { fit_stains(counts_of(Image(1, 1)), method); });
    const auto some = error_of([&] { fit_stains(counts_of(histo::test::noise(33, 3)), method); });

    REQUIRE((none && one && some));
    CHECK(some->kind() == ErrorKind::input);
    CHECK(contains(none->what(), "stains cannot be fitted to 0 tissue pixels"));
    CHECK(contains(one->what(), "to 1 tissue pixel, at least 100 are needed"));
    CHECK(contains(some->what(), "to 99 tissue pixels, at least 100 are needed"));
  }
}

TEST_CASE("stain: an image that does not show two stains is an error") {
  const Image dark(1024, 1024, 90);  // beyond the size at which the penalty is left away
  const auto check = [](const Image& image) {
    for (const StainMethod method : methods) {
      const auto error = error_of([&] { fit_stains(counts_of(image), method); });

      REQUIRE(error);
      CHECK(error->kind() == ErrorKind::input);
      CHECK(contains(error->what(), "the tissue's colours show fewer than two stains"));
    }
  };

  SECTION("all grey") { check(grey_image(64)); }
  SECTION("all grey, and large") { check(grey_image(1000)); }
  SECTION("one colour") { check(dark); }
  SECTION("black") { check(Image(64, 64, 0)); }
  SECTION("white") { check(Image(64, 64, 255)); }
}

TEST_CASE("stain: an atom that falls out of use is an error") {
  // So pale and so small that the penalty outweighs all that a second atom could explain.
  const Image pale = squeezed_noise(12, 12, 250, 254);

  const auto error = error_of([&] { fit_stains(counts_of(pale), StainMethod::vahadane); });

  REQUIRE(error);
  CHECK(contains(error->what(), "the tissue's colours show fewer than two stains"));
}

TEST_CASE("stain: a stain that no pixel shows is an error") {
  const Image image = histo::test::stained_image();
  const Image white(64, 64, 255);

  const auto error =
      error_of([&] { fit_stains(tissue_of(image), counts_of(white), StainMethod::macenko); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "the tissue shows no haematoxylin: the 99th percentile"));
  CHECK(contains(error->what(), "at least 0.002 is needed"));
}

TEST_CASE("stain: whatever the pixels, a fit is finite or an error") {
  std::size_t fits = 0;
  for (int low = 0; low < 256; low += 15) {
    for (int high = low; high < 256; high += 15) {
      const ColourCounts counts = counts_of(squeezed_noise(16, 16, low, high));
      for (const StainMethod method : methods) {
        std::optional<StainFit> fit;
        const auto error = error_of([&] { fit = fit_stains(counts, method); });

        CHECK((error || finite(*fit)));
        if (fit) ++fits;
      }
    }
  }
  CHECK(fits > 100);
}

TEST_CASE("stain: the references are the published ones") {
  const StainFit macenko = histo::reference_stains(StainMethod::macenko);
  const StainFit vahadane = histo::reference_stains(StainMethod::vahadane);
  const StainFit reinhard = histo::reference_stains(StainMethod::reinhard);

  CHECK(macenko.stains[0] == std::array<double, 3>{0.5626, 0.7201, 0.4062});
  CHECK(macenko.stains[1] == std::array<double, 3>{0.2159, 0.8012, 0.5581});
  CHECK(macenko.concentrations == std::array<double, 2>{1.9705, 1.0308});
  CHECK(vahadane.method == StainMethod::vahadane);
  CHECK(vahadane.stains == macenko.stains);
  CHECK(reinhard.method == StainMethod::reinhard);
  CHECK(reinhard.lab_mean == std::array<double, 3>{8.63234435, -0.11501964, 0.03868433});
  CHECK(reinhard.lab_deviation == std::array<double, 3>{0.57506023, 0.10403329, 0.01364062});
}
