#include "metrics/sharpness.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "metrics/pairwise_sum.hpp"

namespace histo {

namespace {

/// Where row or column -1 and `count` lie: at 1 and count - 2, or at 0 where there is only one.
std::int64_t mirrored(std::int64_t place, std::int64_t count) {
  if (count == 1) return 0;
  if (place < 0) return -place;
  return place < count ? place : 2 * count - 2 - place;
}

std::int16_t laplacian(int up, int left, int here, int right, int down) {
  return static_cast<std::int16_t>(up + left + right + down - 4 * here);
}

std::vector<std::int16_t> laplacian(const MaskView& grey) {
  const auto width = static_cast<std::size_t>(grey.width);
  const auto last = width - 1;
  const auto second = static_cast<std::size_t>(mirrored(-1, grey.width));
  const auto second_last = static_cast<std::size_t>(mirrored(grey.width, grey.width));
  std::vector<std::int16_t> result(width * static_cast<std::size_t>(grey.height));
  std::int16_t* out = result.data();
  for (std::int64_t y = 0; y < grey.height; ++y, out += width) {
    const std::uint8_t* up = grey.row(mirrored(y - 1, grey.height));
    const std::uint8_t* here = grey.row(y);
    const std::uint8_t* down = grey.row(mirrored(y + 1, grey.height));
    for (std::size_t x = 1; x < last; ++x) {
      out[x] = laplacian(up[x], here[x - 1], here[x], here[x + 1], down[x]);
    }
    out[0] = laplacian(up[0], here[second], here[0], here[second], down[0]);
    if (last == 0) continue;
    out[last] = laplacian(up[last], here[last - 1], here[last], here[second_last], down[last]);
  }
  return result;
}

struct Edges {
  std::int64_t count = 0;
  std::int64_t second_differences = 0;  ///< sum of their squares
  std::int64_t differences = 0;         ///< sum of their squares
};

/// `count` pixels with their neighbours on both sides along one axis.
void add_edges(const std::uint8_t* before, const std::uint8_t* here, const std::uint8_t* after,
               const std::uint8_t* tissue, std::size_t count, Edges& edges) {
  constexpr int difference = 10;
  // Squares of differences up to 510 fit into 32 bits for this many pixels.
  constexpr std::size_t most = 4096;
  for (std::size_t first = 0; first < count; first += most) {
    const std::size_t end = std::min(count, first + most);
    std::int32_t found = 0;
    std::int32_t squared_second = 0;
    std::int32_t squared = 0;
    for (std::size_t x = first; x < end; ++x) {
      const auto d = static_cast<std::int16_t>(after[x] - before[x]);
      const auto l = static_cast<std::int16_t>(after[x] + before[x] - 2 * here[x]);
      // All bits where the place counts: without a branch the compiler takes eight places at once.
      const auto far = static_cast<std::int16_t>(-((d >= difference) | (d <= -difference)));
      const auto in_tissue = static_cast<std::int16_t>(-(tissue[x] == 1));
      const auto counts = static_cast<std::int16_t>(far & in_tissue);
      const auto kept_d = static_cast<std::int16_t>(d & counts);
      const auto kept_l = static_cast<std::int16_t>(l & counts);
      found -= counts;
      squared += kept_d * kept_d;
      squared_second += kept_l * kept_l;
    }
    edges.count += found;
    edges.differences += squared;
    edges.second_differences += squared_second;
  }
}

}  // namespace

float laplacian_std(const MaskView& grey) {
  const std::vector<std::int16_t> values = laplacian(grey);
  const auto count = static_cast<double>(values.size());
  const auto value = [&](std::size_t i) { return static_cast<float>(values[i]); };
  const auto sum = static_cast<double>(pairwise_sum<float>(0, values.size(), value));
  const auto mean = static_cast<float>(sum / count);
  const auto squared_deviation = [&](std::size_t i) {
    const float deviation = value(i) - mean;
    return deviation * deviation;
  };
  const float squares = pairwise_sum<float>(0, values.size(), squared_deviation);
  return std::sqrt(static_cast<float>(static_cast<double>(squares) / count));
}

double focus(const MaskView& grey, const MaskView& tissue) {
  constexpr std::int64_t fewest_edges = 100;
  Edges edges;
  const auto width = static_cast<std::size_t>(grey.width);
  for (std::int64_t y = 0; y < grey.height; y += 2) {
    const std::uint8_t* row = grey.row(y);
    if (width > 2) add_edges(row, row + 1, row + 2, tissue.row(y) + 1, width - 2, edges);
    if (y == 0 || y + 1 == grey.height) continue;
    add_edges(grey.row(y - 1), row, grey.row(y + 1), tissue.row(y), width, edges);
  }
  if (edges.count < fewest_edges) return 0.0;
  return static_cast<double>(edges.second_differences) / static_cast<double>(edges.differences);
}

}  // namespace histo
