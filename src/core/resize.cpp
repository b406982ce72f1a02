#include "histo/resize.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "histo/error.hpp"

#include "core/blend_rows.hpp"

namespace histo {

namespace {

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

/// What the output pixels of an axis take: pixel i the weighted sum of `count[i]` input pixels from
/// `first[i]` on, whose weights begin at pair `begin[i]`.
struct Taps {
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> count;
  std::vector<std::size_t> begin;
  std::vector<WeightPair> weights;

  std::size_t size() const { return first.size(); }
  const WeightPair* of(std::size_t i) const { return weights.data() + begin[i]; }
  std::int64_t end() const { return first.back() + count.back(); }
};

/// A part of an axis: where it begins and how long it is, in pixels of the image.
struct Span {
  double start;
  double length;
};

std::int32_t fixed_point(double value) {
  const double weight = value * (std::int64_t{1} << weight_bits);
  return static_cast<std::int32_t>(weight < 0.0 ? weight - 0.5 : weight + 0.5);
}

void add_weights(std::vector<double>& values, Taps& taps) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  const auto weight = [&](std::size_t i) {
    return i < values.size() ? fixed_point(sum != 0.0 ? values[i] / sum : values[i]) : 0;
  };
  for (std::size_t i = 0; i < values.size(); i += 2) {
    taps.weights.push_back(weight_pair(weight(i), weight(i + 1)));
  }
}

Taps taps_of(std::int64_t in_length, const Span& span, std::int64_t out_length,
             Interpolation interpolation) {
  const double scale = span.length / static_cast<double>(out_length);
  // Widened when shrinking, so that no input pixel is left out.
  const double stretch = std::max(scale, 1.0);
  const double support = filter_support(interpolation) * stretch;
  Taps taps;
  std::vector<double> values;
  for (std::int64_t i = 0; i < out_length; ++i) {
    const double centre = span.start + (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - support + 0.5));
    const auto last = std::min(in_length, static_cast<std::int64_t>(centre + support + 0.5));
    values.clear();
    for (std::int64_t j = first; j < last; ++j) {
      const double x = (static_cast<double>(j) - centre + 0.5) * (1.0 / stretch);
      values.push_back(filter_value(interpolation, x));
    }
    taps.first.push_back(first);
    taps.count.push_back(last - first);
    taps.begin.push_back(taps.weights.size());
    add_weights(values, taps);
  }
  return taps;
}

/// Along a row the pixels' bytes lie interleaved; across 32 rows turned on their side they lie in
/// lines that are blended as rows are.
Image resize_rows(const ImageView& image, const Span& span, std::int64_t width,
                  Interpolation interpolation) {
  constexpr std::size_t lines = 32;
  constexpr std::int64_t step = lines;
  constexpr std::size_t pixel = 3 * lines;
  const Taps taps = taps_of(image.width, span, width, interpolation);
  const std::int64_t left = taps.first.front();
  const auto in_bytes = static_cast<std::size_t>(3 * (taps.end() - left));
  Image result(width, image.height);
  std::vector<std::uint8_t> turned(in_bytes * lines);
  std::vector<std::uint8_t> blended(result.stride() * lines);
  for (std::int64_t y = 0; y < image.height; y += step) {
    const auto rows = std::min(lines, static_cast<std::size_t>(image.height - y));
    transpose_bytes({image.row(y) + 3 * left, image.stride, rows}, in_bytes, turned.data(), lines);
    for (std::size_t x = 0; x < taps.size(); ++x) {
      const std::uint8_t* from =
          turned.data() + pixel * static_cast<std::size_t>(taps.first[x] - left);
      blend_rows({from, pixel, static_cast<std::size_t>(taps.count[x])}, taps.of(x), pixel,
                 blended.data() + pixel * x);
    }
    transpose_bytes({blended.data(), lines, result.stride()}, rows, result.row(y), result.stride());
  }
  return result;
}

Image resize_columns(const ImageView& image, const Span& span, std::int64_t height,
                     Interpolation interpolation) {
  const Taps taps = taps_of(image.height, span, height, interpolation);
  Image result(image.width, height);
  for (std::size_t y = 0; y < taps.size(); ++y) {
    blend_rows({image.row(taps.first[y]), image.stride, static_cast<std::size_t>(taps.count[y])},
               taps.of(y), result.stride(), result.row(static_cast<std::int64_t>(y)));
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

ImageView part_of(const ImageView& image, std::int64_t x, std::int64_t y, Size size) {
  return {image.row(y) + 3 * x, size.width, size.height, image.stride};
}

std::string text(Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

// An axis that keeps its length and its whole pixels keeps its values: every filter is 1 at 0 and
// 0 at the other integers.
bool is_kept(const Span& span, std::int64_t length) {
  return span.length == static_cast<double>(length) && span.start == std::floor(span.start);
}

}  // namespace

Image resize_image(const ImageView& image, Size size, Interpolation interpolation) {
  return resize_image(
      image, {0.0, 0.0, static_cast<double>(image.width), static_cast<double>(image.height)}, size,
      interpolation);
}

Image resize_image(const ImageView& image, const Area& area, Size size,
                   Interpolation interpolation) {
  if (image.width < 1 || image.height < 1 || size.width < 1 || size.height < 1) {
    throw Error(ErrorKind::internal,
                "an image of " + text(image.size()) + " pixels cannot be resized to " + text(size));
  }
  const bool is_inside = area.x >= 0.0 && area.y >= 0.0 && area.width > 0.0 && area.height > 0.0 &&
                         area.x + area.width <= static_cast<double>(image.width) &&
                         area.y + area.height <= static_cast<double>(image.height);
  if (!is_inside) {
    throw Error(ErrorKind::internal,
                "the area to resize leaves the image of " + text(image.size()) + " pixels");
  }
  const Span across{area.x, area.width};
  const Span down{area.y, area.height};
  const bool keeps_columns = is_kept(across, size.width);
  const bool keeps_rows = is_kept(down, size.height);
  ImageView wide = image;
  if (keeps_columns) {
    wide = part_of(image, static_cast<std::int64_t>(area.x), 0, {size.width, image.height});
  }
  if (keeps_columns && keeps_rows) {
    return copy_of(part_of(wide, 0, static_cast<std::int64_t>(area.y), size));
  }
  if (keeps_columns) return resize_columns(wide, down, size.height, interpolation);
  const Image narrow = resize_rows(wide, across, size.width, interpolation);
  if (keeps_rows) {
    return copy_of(part_of(narrow, 0, static_cast<std::int64_t>(area.y), size));
  }
  return resize_columns(narrow, down, size.height, interpolation);
}

}  // namespace histo
