#pragma once
/// The order in which numpy adds: halves of halves down to 128 values, and those in eight lanes.
/// Floating-point sums depend on it.

#include <array>
#include <cstddef>

namespace histo {

constexpr std::size_t pairwise_lanes = 8;
constexpr std::size_t pairwise_block = 128;

template <class Value, class At>
Value sum_of_block(std::size_t first, std::size_t count, const At& at) {
  if (count < pairwise_lanes) {
    Value sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += at(first + i);
    return sum;
  }
  std::array<Value, pairwise_lanes> lane{};
  for (std::size_t j = 0; j < pairwise_lanes; ++j) lane[j] = at(first + j);
  std::size_t i = pairwise_lanes;
  for (; i + pairwise_lanes <= count; i += pairwise_lanes) {
    for (std::size_t j = 0; j < pairwise_lanes; ++j) lane[j] += at(first + i + j);
  }
  Value sum =
      ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  for (; i < count; ++i) sum += at(first + i);
  return sum;
}

/// at(first) + ... + at(first + count - 1).
template <class Value, class At>
Value pairwise_sum(std::size_t first, std::size_t count, const At& at) {
  if (count <= pairwise_block) return sum_of_block<Value>(first, count, at);
  std::size_t half = count / 2;
  half -= half % pairwise_lanes;
  return pairwise_sum<Value>(first, half, at) + pairwise_sum<Value>(first + half, count - half, at);
}

}  // namespace histo
