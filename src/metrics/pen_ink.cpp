#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/error.hpp"
#include "histo/metrics.hpp"

namespace histo {

namespace {

// A nucleus may look like ink, but its surroundings then do not; strokes of a pen are far wider.
constexpr std::int64_t block_side = 8;

/// Optical density of a grey value.
using Densities = std::array<double, 256>;

Densities optical_densities() {
  Densities densities{};
  for (std::size_t value = 0; value < densities.size(); ++value) {
    densities[value] = std::log10(256.0 / (static_cast<double>(value) + 1.0));
  }
  return densities;
}

bool is_ink(double red, double green, double blue) {
  const bool green_or_blue = red > 0.2 && red > 1.25 * green;
  const bool dense_blue = red > 0.5 && red > green && blue <= 0.75 * green;
  const bool red_ink = green > 0.9 && blue > 0.6 && red < 0.3;
  const bool black = std::min({red, green, blue}) > 0.8;
  return green_or_blue || dense_blue || red_ink || black;
}

/// Each byte position of the row, summed over `rows` rows from y on.
void sum_rows(const ImageView& tile, std::int64_t y, std::int64_t rows,
              std::vector<std::uint16_t>& sums) {
  std::fill(sums.begin(), sums.end(), std::uint16_t{0});
  const auto add = [](int a, int b, int c, int d, int e) {
    return static_cast<std::uint16_t>(a + b + c + d + e);
  };
  std::int64_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    const std::uint8_t* a = tile.row(y + i);
    const std::uint8_t* b = tile.row(y + i + 1);
    const std::uint8_t* c = tile.row(y + i + 2);
    const std::uint8_t* d = tile.row(y + i + 3);
    for (std::size_t x = 0; x < sums.size(); ++x) sums[x] = add(sums[x], a[x], b[x], c[x], d[x]);
  }
  for (; i < rows; ++i) {
    const std::uint8_t* a = tile.row(y + i);
    for (std::size_t x = 0; x < sums.size(); ++x) sums[x] = add(sums[x], a[x], 0, 0, 0);
  }
}

/// Mean colour, rounded down, of `area` pixels in the columns from `sums` on.
std::array<std::size_t, 3> mean_colour(const std::uint16_t* sums, std::int64_t columns,
                                       std::int64_t area) {
  std::array<std::size_t, 3> mean{};
  for (std::int64_t x = 0; x < columns; ++x, sums += 3) {
    for (std::size_t channel = 0; channel < 3; ++channel) mean[channel] += sums[channel];
  }
  for (std::size_t& value : mean) value /= static_cast<std::size_t>(area);
  return mean;
}

template <class Found>
void for_each_ink_block(const ImageView& image, const Found& found) {
  static const Densities density = optical_densities();
  std::vector<std::uint16_t> sums(3 * static_cast<std::size_t>(image.width));
  for (std::int64_t y = 0; y < image.height; y += block_side) {
    const std::int64_t rows = std::min(block_side, image.height - y);
    sum_rows(image, y, rows, sums);
    for (std::int64_t x = 0; x < image.width; x += block_side) {
      const std::int64_t columns = std::min(block_side, image.width - x);
      const auto [red, green, blue] = mean_colour(sums.data() + 3 * x, columns, rows * columns);
      // Scanners and readers fill what is not there with pure black.
      if (red + green + blue == 0) continue;
      if (is_ink(density[red], density[green], density[blue])) found(Rect{x, y, columns, rows});
    }
  }
}

}  // namespace

double pen_ink(const ImageView& tile) {
  std::int64_t found = 0;
  for_each_ink_block(tile, [&](const Rect& block) { found += block.width * block.height; });
  return static_cast<double>(found) / static_cast<double>(tile.width * tile.height);
}

void clear_pen_ink(const ImageView& image, Mask& mask) {
  if (mask.size() != image.size()) {
    throw Error(ErrorKind::internal, "a mask of another size than its image is to lose its ink");
  }
  for_each_ink_block(image, [&](const Rect& block) {
    for (std::int64_t y = block.y; y < block.y + block.height; ++y) {
      std::fill_n(mask.row(y) + block.x, block.width, std::uint8_t{0});
    }
  });
}

}  // namespace histo
