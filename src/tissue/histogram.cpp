#include "tissue/histogram.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace histo {

namespace {

constexpr int darkest = 1;  // 0 and 255 are the scanners' padding
constexpr int brightest = 254;

/// The least value that at least this share of the values 1 to 254 does not exceed.
int quantile(const std::array<std::uint64_t, 256>& counts, std::uint64_t all, double share) {
  const double wanted = share * static_cast<double>(all);
  std::uint64_t seen = 0;
  for (int value = darkest; value < brightest; ++value) {
    seen += counts[static_cast<std::size_t>(value)];
    if (static_cast<double>(seen) >= wanted) return value;
  }
  return brightest;
}

std::uint64_t count_inner(const std::array<std::uint64_t, 256>& counts) {
  std::uint64_t all = 0;
  for (int value = darkest; value <= brightest; ++value) {
    all += counts[static_cast<std::size_t>(value)];
  }
  return all;
}

}  // namespace

void Histogram::add(const std::uint8_t* values, std::size_t count) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, values + i, sizeof eight);
    for (std::size_t k = 0; k < 8; ++k) ++tables_[k][(eight >> (8 * k)) & 0xFF];
  }
  for (; i < count; ++i) ++tables_[0][values[i]];
}

std::array<std::uint64_t, 256> Histogram::counts() const {
  std::array<std::uint64_t, 256> sums{};
  for (const auto& table : tables_) {
    for (std::size_t value = 0; value < sums.size(); ++value) sums[value] += table[value];
  }
  return sums;
}

// Where no pixel has the values between two classes, all thresholds between them are equally good
// but for rounding. The running means are updated in OpenCV's order, so that it falls alike.
Otsu otsu(const std::array<std::uint64_t, 256>& counts) {
  const std::uint64_t all = count_inner(counts);
  if (all == 0) return {};
  const double scale = 1.0 / static_cast<double>(all);
  double mean = 0.0;
  for (int value = darkest; value <= brightest; ++value) {
    mean += value * static_cast<double>(counts[static_cast<std::size_t>(value)]);
  }
  mean *= scale;

  constexpr auto least = static_cast<double>(std::numeric_limits<float>::epsilon());
  Otsu best;
  double best_variance = 0.0;
  double share_below = 0.0;
  double mean_below = 0.0;
  for (int value = darkest; value <= brightest; ++value) {
    const double share = static_cast<double>(counts[static_cast<std::size_t>(value)]) * scale;
    mean_below *= share_below;
    share_below += share;
    const double share_above = 1.0 - share_below;
    if (std::min(share_below, share_above) < least ||
        std::max(share_below, share_above) > 1.0 - least) {
      continue;
    }
    mean_below = (mean_below + value * share) / share_below;
    const double mean_above = (mean - share_below * mean_below) / share_above;
    const double apart = mean_below - mean_above;
    const double variance = share_below * share_above * apart * apart;
    if (variance > best_variance) {
      best_variance = variance;
      best = {value, -apart};
    }
  }
  return best;
}

bool is_dark_field(const std::array<std::uint64_t, 256>& counts) {
  constexpr int lower_limit = 32;
  constexpr int upper_limit = 128;
  const std::uint64_t all = count_inner(counts);
  // Nothing but padding: black is taken for a slide without light, white for glass.
  if (all == 0) return counts[0] > counts[255];
  return quantile(counts, all, 0.25) < lower_limit && quantile(counts, all, 0.75) < upper_limit;
}

}  // namespace histo
