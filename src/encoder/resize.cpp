#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "histo/encoder.hpp"
#include "histo/error.hpp"

namespace histo {

namespace {

// Pillow's fixed point: 8 bits of pixel and 2 of overshoot leave 22 of a 32-bit sum for the
// weight's fraction.
constexpr int fraction_bits = 22;
constexpr std::int32_t half = std::int32_t{1} << (fraction_bits - 1);

double filter_support(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::box:
      return 0.5;
    case Interpolation::bilinear:
      return 1.0;
    case Interpolation::bicubic:
      break;
  }
  return 2.0;
}

double box(double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

// Keys (1981) with a = -0.5, in Horner's form.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

double filter_value(Interpolation interpolation, double x) {
  switch (interpolation) {
    case Interpolation::box:
      return box(x);
    case Interpolation::bilinear:
      return triangle(x);
    case Interpolation::bicubic:
      break;
  }
  return cubic(x);
}

// What one output pixel takes along an axis: weights for the input pixels from `first` on.
struct Taps {
  std::int64_t first = 0;
  std::vector<std::int32_t> weights;
};

Taps taps_of(std::int64_t out, double scale, std::int64_t in_length, Interpolation interpolation) {
  const double stretch =
      std::max(scale, 1.0);  // widened when shrinking, so that no input pixel is left out
  const double support = filter_support(interpolation) * stretch;
  const double centre = (static_cast<double>(out) + 0.5) * scale;
  const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - support + 0.5));
  const auto last = std::min(in_length, static_cast<std::int64_t>(centre + support + 0.5));

  std::vector<double> values;
  double sum = 0.0;
  for (std::int64_t j = first; j < last; ++j) {
    const double x = (static_cast<double>(j) - centre + 0.5) * (1.0 / stretch);
    values.push_back(filter_value(interpolation, x));
    sum += values.back();
  }
  Taps taps;
  taps.first = first;
  for (const double value : values) {
    const double weight = (sum != 0.0 ? value / sum : value) * (std::int64_t{1} << fraction_bits);
    taps.weights.push_back(static_cast<std::int32_t>(weight < 0.0 ? weight - 0.5 : weight + 0.5));
  }
  return taps;
}

std::vector<Taps> all_taps(std::int64_t in_length, std::int64_t out_length,
                           Interpolation interpolation) {
  const double scale = static_cast<double>(in_length) / static_cast<double>(out_length);
  std::vector<Taps> taps;
  taps.reserve(static_cast<std::size_t>(out_length));
  for (std::int64_t i = 0; i < out_length; ++i) {
    taps.push_back(taps_of(i, scale, in_length, interpolation));
  }
  return taps;
}

std::uint8_t rounded(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> fraction_bits, 0, 255));
}

Image resize_rows(const ImageView& image, std::int64_t width, Interpolation interpolation) {
  const std::vector<Taps> taps = all_taps(image.width, width, interpolation);
  Image result(width, image.height);
  for (std::int64_t y = 0; y < image.height; ++y) {
    const std::uint8_t* in = image.row(y);
    std::uint8_t* out = result.row(y);
    for (const Taps& tap : taps) {
      const std::uint8_t* pixel = in + 3 * tap.first;
      std::int32_t red = half;
      std::int32_t green = half;
      std::int32_t blue = half;
      for (const std::int32_t weight : tap.weights) {
        red += weight * pixel[0];
        green += weight * pixel[1];
        blue += weight * pixel[2];
        pixel += 3;
      }
      *out++ = rounded(red);
      *out++ = rounded(green);
      *out++ = rounded(blue);
    }
  }
  return result;
}

Image resize_columns(const ImageView& image, std::int64_t height, Interpolation interpolation) {
  const std::vector<Taps> taps = all_taps(image.height, height, interpolation);
  Image result(image.width, height);
  std::vector<std::int32_t> sums(result.stride());
  for (std::int64_t y = 0; y < height; ++y) {
    const Taps& tap = taps[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), half);
    std::int64_t from = tap.first;
    for (const std::int32_t weight : tap.weights) {
      const std::uint8_t* in = image.row(from++);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weight * in[i];
    }
    std::transform(sums.begin(), sums.end(), result.row(y), rounded);
  }
  return result;
}

Image copy_of(const ImageView& image) {
  Image copy(image.width, image.height);
  for (std::int64_t y = 0; y < image.height; ++y) {
    std::memcpy(copy.row(y), image.row(y), copy.stride());
  }
  return copy;
}

std::string text(Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

}  // namespace

Image resize_image(const ImageView& image, Size size, Interpolation interpolation) {
  if (image.width < 1 || image.height < 1 || size.width < 1 || size.height < 1) {
    throw Error(ErrorKind::internal,
                "an image of " + text(image.size()) + " pixels cannot be resized to " + text(size));
  }
  // An axis that keeps its length keeps its pixels: every filter is 1 at 0 and 0 at the other
  // integers.
  if (image.width == size.width && image.height == size.height) return copy_of(image);
  if (image.width == size.width) return resize_columns(image, size.height, interpolation);
  Image narrow = resize_rows(image, size.width, interpolation);
  if (image.height == size.height) return narrow;
  return resize_columns(narrow, size.height, interpolation);
}

}  // namespace histo
