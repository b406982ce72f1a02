#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "histo/error.hpp"
#include "histo/stain.hpp"

#include "stain_image.hpp"
#include "support/catch.hpp"
#include "support/noise.hpp"

using histo::ErrorKind;
using histo::Image;
using histo::ImageView;
using histo::StainAmounts;
using histo::StainFit;
using histo::StainMethod;
using histo::StainTransform;
using histo::test::contains;
using histo::test::error_of;

namespace {

using Colour = std::array<int, 3>;
using Means = std::array<double, 3>;

/// As HistoPrep fits a single image: stains under the mask, percentiles of all pixels.
StainFit fit_of(const Image& image, StainMethod method) {
  histo::ColourCounts tissue;
  tissue.add(image, histo::test::stained_mask());
  histo::ColourCounts all;
  all.add(image);
  return fit_stains(tissue, all, method);
}

Image normalised(const Image& image, StainMethod method) {
  return StainTransform(fit_of(image, method), histo::reference_stains(method)).apply(image);
}

Image shown(const Image& image, StainMethod method, const StainAmounts& amounts) {
  return StainTransform(fit_of(image, method), amounts).apply(image);
}

Colour pixel(const Image& image, std::int64_t x, std::int64_t y) {
  const std::uint8_t* found = image.row(y) + 3 * x;
  return {found[0], found[1], found[2]};
}

int distance(const Colour& a, const Colour& b) {
  int largest = 0;
  for (std::size_t i = 0; i < 3; ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

double distance_of_means(const Image& image, const Means& wanted) {
  Means means{};
  for (std::size_t i = 0; i < image.bytes().size(); ++i) means[i % 3] += image.bytes()[i];
  double largest = 0.0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double mean = 3.0 * means[i] / static_cast<double>(image.bytes().size());
    largest = std::max(largest, std::abs(mean - wanted[i]));
  }
  return largest;
}

}  // namespace

// Means of the whole image and one pixel from HistoPrep 2.0.5 (Reinhard: from numpy):
// tests/parity/stain.py --golden. A mean that is 0.005 away has 20 of 4096 pixels that differ.

TEST_CASE("stain: images normalised by Macenko's fit are HistoPrep's") {
  const Image result = normalised(histo::test::stained_image(), StainMethod::macenko);

  CHECK(distance_of_means(result, {162.64599609375, 126.291748046875, 159.525390625}) < 0.005);
  CHECK(distance(pixel(result, 40, 40), {188, 110, 145}) <= 1);
}

TEST_CASE("stain: images normalised by Vahadane's fit are HistoPrep's") {
  const Image result = normalised(histo::test::stained_image(), StainMethod::vahadane);

  CHECK(distance_of_means(result, {159.105712890625, 135.226318359375, 169.0615234375}) < 0.005);
  CHECK(distance(pixel(result, 40, 40), {170, 181, 217}) <= 1);
}

TEST_CASE("stain: images normalised by Reinhard's fit are the formula's") {
  const Image result = normalised(histo::test::stained_image(), StainMethod::reinhard);

  CHECK(distance_of_means(result, {196.9755859375, 162.625732421875, 191.5654296875}) < 0.005);
  CHECK(distance(pixel(result, 40, 40), {248, 158, 206}) <= 1);
}

TEST_CASE("stain: haematoxylin and eosin alone are HistoPrep's separated images") {
  const Image image = histo::test::stained_image();

  const Image haematoxylin = shown(image, StainMethod::macenko, {1.0, 0.0});
  const Image eosin = shown(image, StainMethod::macenko, {0.0, 1.0});

  const Means haematoxylin_means{180.13330078125, 170.032470703125, 214.892333984375};
  const Means eosin_means{240.500732421875, 186.004150390625, 242.04833984375};
  CHECK(distance_of_means(haematoxylin, haematoxylin_means) < 0.005);
  CHECK(distance_of_means(eosin, eosin_means) < 0.005);
  CHECK(distance(pixel(haematoxylin, 40, 40), {229, 224, 242}) <= 1);
  CHECK(distance(pixel(eosin, 40, 40), {224, 117, 228}) <= 1);
}

TEST_CASE("stain: Vahadane's separated images are HistoPrep's") {
  const Image image = histo::test::stained_image();

  const Image haematoxylin = shown(image, StainMethod::vahadane, {1.0, 0.0});
  const Image eosin = shown(image, StainMethod::vahadane, {0.0, 1.0});

  CHECK(distance_of_means(haematoxylin, {181.2421875, 125.681884765625, 209.0224609375}) < 0.005);
  CHECK(distance_of_means(eosin, {232.58349609375, 252.76611328125, 247.6767578125}) < 0.005);
}

TEST_CASE("stain: an image of two stains comes back from both amounts unchanged") {
  const Image image = histo::test::stained_image();
  StainFit fit = fit_of(image, StainMethod::macenko);
  fit.stains = histo::test::true_stains;

  const Image result = StainTransform(fit, StainAmounts{1.0, 1.0}).apply(image);

  int largest = 0;
  for (std::int64_t y = histo::test::glass_rows; y < image.height(); ++y) {
    for (std::int64_t x = 0; x < image.width(); ++x) {
      largest = std::max(largest, distance(pixel(result, x, y), pixel(image, x, y)));
    }
  }
  CHECK(largest <= 2);
}

TEST_CASE("stain: twice the amounts square what the tissue lets through") {
  const Image image = histo::test::stained_image();
  StainFit fit = fit_of(image, StainMethod::macenko);
  fit.stains = histo::test::true_stains;

  const Image result = StainTransform(fit, StainAmounts{2.0, 2.0}).apply(image);

  Colour wanted{};
  const Colour before = pixel(image, 30, 50);
  for (std::size_t i = 0; i < 3; ++i) wanted[i] = before[i] * before[i] / 255;
  CHECK(distance(pixel(result, 30, 50), wanted) <= 2);
}

TEST_CASE("stain: white glass becomes 254 and black gives the darkest colour, never none") {
  const StainFit fit = fit_of(histo::test::stained_image(), StainMethod::macenko);
  const StainTransform transform(fit, histo::reference_stains(StainMethod::macenko));

  CHECK(pixel(transform.apply(Image(1, 1, 255)), 0, 0) == Colour{254, 254, 254});
  CHECK(transform.apply(Image(1, 1, 0)).bytes() == transform.apply(Image(1, 1, 1)).bytes());
}

TEST_CASE("stain: Reinhard's own statistics leave an image as it is") {
  const Image image = histo::test::stained_image();
  const StainFit fit = fit_of(image, StainMethod::reinhard);

  const Image result = StainTransform(fit, fit).apply(image);

  CHECK(result.bytes() == image.bytes());
}

TEST_CASE("stain: a target image's fit is reached by Reinhard's statistics") {
  const Image image = histo::test::stained_image();
  const StainFit from = fit_of(image, StainMethod::reinhard);
  StainFit to = from;
  to.lab_mean[0] += 0.1;
  to.lab_deviation[1] *= 0.8;

  const Image result = StainTransform(from, to).apply(image);

  const StainFit reached = fit_of(result, StainMethod::reinhard);
  CHECK(std::abs(reached.lab_mean[0] - to.lab_mean[0]) < 0.01);
  CHECK(std::abs(reached.lab_deviation[1] - to.lab_deviation[1]) < 0.005);
}

TEST_CASE("stain: a pixel's result depends neither on its place nor on the image's shape") {
  const Image image = histo::test::noise(1100, 3);
  for (const StainMethod method : {StainMethod::macenko, StainMethod::reinhard}) {
    const StainTransform transform(fit_of(histo::test::stained_image(), method),
                                   histo::reference_stains(method));
    const Image whole = transform.apply(image);

    bool equal = true;
    for (const std::int64_t x : {0, 511, 512, 1023, 1099}) {
      for (const std::int64_t y : {0, 2}) {
        const ImageView one{image.row(y) + 3 * x, 1, 1, image.stride()};
        equal = equal && pixel(transform.apply(one), 0, 0) == pixel(whole, x, y);
      }
    }
    CHECK(equal);
  }
}

TEST_CASE("stain: fewer than one pixel in a thousand is a grey level away from double precision") {
  const Image image = histo::test::noise(300, 300);
  const StainFit from = fit_of(histo::test::stained_image(), StainMethod::macenko);
  const StainFit to = histo::reference_stains(StainMethod::macenko);

  const Image result = StainTransform(from, to).apply(image);

  const auto& h = from.stains[0];
  const auto& e = from.stains[1];
  const double he = h[0] * e[0] + h[1] * e[1] + h[2] * e[2];
  int largest = 0;
  int pixels_apart = 0;
  for (std::size_t p = 0; p < image.bytes().size(); p += 3) {
    std::array<double, 2> amount{};
    for (std::size_t i = 0; i < 3; ++i) {
      const double value = std::max<double>(image.bytes()[p + i], 1.0);
      const double od = std::max(-std::log(value / 255.0), 1e-6);
      amount[0] += od * (h[i] - he * e[i]) / (1.0 - he * he);
      amount[1] += od * (e[i] - he * h[i]) / (1.0 - he * he);
    }
    Colour wanted{};
    for (std::size_t i = 0; i < 3; ++i) {
      double od = 0.0;
      for (std::size_t s = 0; s < 2; ++s) {
        od += amount[s] * to.concentrations[s] / from.concentrations[s] * to.stains[s][i];
      }
      wanted[i] = static_cast<int>(std::min(255.0 * std::exp(-od), 255.0));
    }
    const std::uint8_t* found = result.bytes().data() + p;
    const int apart = distance({found[0], found[1], found[2]}, wanted);
    largest = std::max(largest, apart);
    if (apart > 0) ++pixels_apart;
  }
  CHECK(largest <= 1);
  CHECK(pixels_apart < 90);
}

TEST_CASE("stain: Reinhard's fit and another do not mix") {
  const Image image = histo::test::stained_image();
  const StainFit macenko = fit_of(image, StainMethod::macenko);
  const StainFit reinhard = fit_of(image, StainMethod::reinhard);

  const auto error = error_of([&] { StainTransform(macenko, reinhard); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "one of the two stain fits is Reinhard's"));
}

TEST_CASE("stain: Reinhard's fit separates no stains") {
  const StainFit fit = fit_of(histo::test::stained_image(), StainMethod::reinhard);

  const auto error = error_of([&] { StainTransform(fit, StainAmounts{1.0, 0.0}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(contains(error->what(), "stains can be separated by macenko or vahadane, got reinhard"));
}

TEST_CASE("stain: an empty fit is an error") {
  for (const StainMethod method : {StainMethod::vahadane, StainMethod::reinhard}) {
    StainFit empty;
    empty.method = method;

    const auto error = error_of([&] { StainTransform(empty, histo::reference_stains(method)); });

    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(contains(error->what(), "the stain fit is empty, fit_stains makes one"));
  }
}

TEST_CASE("stain: two stains that are one are an error") {
  StainFit fit = histo::reference_stains(StainMethod::macenko);
  fit.stains[1] = fit.stains[0];

  const auto error = error_of([&] { StainTransform(fit, StainAmounts{}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "fewer than two stains"));
}
