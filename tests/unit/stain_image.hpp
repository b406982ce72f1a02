#pragma once
/// The image that the stain tests share: two known stains in amounts of noise, under a strip of
/// glass. tests/parity/stain.py makes the same one.

#include <array>
#include <cmath>
#include <cstdint>

#include "histo/image.hpp"

#include "support/noise.hpp"

namespace histo::test {

constexpr std::int64_t stain_width = 64;
constexpr std::int64_t glass_rows = 16;

constexpr std::array<std::array<double, 3>, 2> true_stains{
    {{0.65, 0.70, 0.29}, {0.07, 0.99, 0.11}}};

inline Image stained_image() {
  constexpr std::array<std::uint8_t, 3> glass{243, 241, 244};
  const Image amounts = noise(stain_width, stain_width);
  Image image(stain_width, stain_width);
  for (std::int64_t y = 0; y < stain_width; ++y) {
    const std::uint8_t* amount = amounts.row(y);
    std::uint8_t* pixel = image.row(y);
    for (std::int64_t x = 0; x < stain_width; ++x, amount += 3, pixel += 3) {
      const double haematoxylin = 0.1 + 1.5 * amount[0] / 255.0;
      const double eosin = 0.1 + 0.8 * amount[1] / 255.0;
      for (std::size_t i = 0; i < 3; ++i) {
        const double od = haematoxylin * true_stains[0][i] + eosin * true_stains[1][i];
        const double value = y < glass_rows ? glass[i] : 255.0 * std::exp(-od);
        pixel[i] = static_cast<std::uint8_t>(std::floor(value + 0.5));
      }
    }
  }
  return image;
}

/// 1 below the strip of glass.
inline Mask stained_mask() {
  Mask mask(stain_width, stain_width);
  for (std::int64_t y = glass_rows; y < stain_width; ++y) {
    for (std::int64_t x = 0; x < stain_width; ++x) mask.row(y)[x] = 1;
  }
  return mask;
}

}  // namespace histo::test
