#include <algorithm>
#include <cmath>
#include <cstdint>

#include "histo/error.hpp"
#include "histo/metrics.hpp"

namespace histo {

ColourMoments colour_moments(const ImageView& tile) {
  if (tile.width < 1 || tile.height < 1)
    throw Error(ErrorKind::internal, "the colours of an image without pixels");
  std::array<std::uint64_t, 3> sum{};
  std::array<std::uint64_t, 3> squares{};
  for (std::int64_t y = 0; y < tile.height; ++y) {
    const std::uint8_t* pixel = tile.row(y);
    for (std::int64_t x = 0; x < tile.width; ++x, pixel += 3) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const std::uint64_t value = pixel[channel];
        sum[channel] += value;
        squares[channel] += value * value;
      }
    }
  }
  const auto pixels = static_cast<double>(tile.width * tile.height);
  ColourMoments moments;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const double mean = static_cast<double>(sum[channel]) / pixels;
    const double variance = static_cast<double>(squares[channel]) / pixels - mean * mean;
    moments.mean[channel] = mean;
    moments.deviation[channel] = std::sqrt(std::max(variance, 0.0));
  }
  return moments;
}

}  // namespace histo
