#pragma once
/// Rows in memory, and sets of rows that another program can make again from a formula.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "histo/kmeans.hpp"

namespace histo::test {

class MemoryRows : public RowSource {
 public:
  MemoryRows(std::size_t dim, std::vector<float> values) : dim_(dim), values_(std::move(values)) {}

  std::size_t rows() const override { return dim_ == 0 ? 0 : values_.size() / dim_; }
  std::size_t dim() const override { return dim_; }
  void read(std::size_t first, std::size_t count, float* out) const override {
    const auto from = values_.begin() + static_cast<std::ptrdiff_t>(first * dim_);
    std::copy(from, from + static_cast<std::ptrdiff_t>(count * dim_), out);
  }

  const float* held(std::size_t first, std::size_t /*count*/) const override {
    return lends_ ? values_.data() + first * dim_ : nullptr;
  }

  /// From now on rows are read where they lie.
  void lend() { lends_ = true; }

  std::vector<float>& values() { return values_; }
  const float* row(std::size_t i) const { return values_.data() + i * dim_; }

 private:
  std::size_t dim_;
  std::vector<float> values_;
  bool lends_ = false;
};

/// In numpy, with i = arange(n)[:, None] and j = arange(d)[None, :]:
/// (((i*i*7 + i*13*(j+1) + 3*j*j) % 101) / 10 + 5 * ((i+j) % 3 == 0)).astype(float32)
inline MemoryRows formula_rows(std::size_t n, std::size_t d) {
  std::vector<float> values;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      const auto part = static_cast<double>((i * i * 7 + i * 13 * (j + 1) + 3 * j * j) % 101);
      values.push_back(static_cast<float>(part / 10 + ((i + j) % 3 == 0 ? 5.0 : 0.0)));
    }
  }
  return {d, std::move(values)};
}

/// A number in [0, 1) that looks random and depends on `index` alone.
inline double scrambled(std::uint64_t index) {
  std::uint64_t value = (index + 1) * 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 29U)) * 0xbf58476d1ce4e5b9U;
  value ^= value >> 32U;
  return static_cast<double>(value >> 11U) / 9007199254740992.0;
}

/// `groups` clouds, each value within `spread` of its cloud's centre, which lies in [0, 10) along
/// each axis.
inline MemoryRows cloud_rows(std::size_t n, std::size_t d, std::size_t groups, double spread) {
  std::vector<float> values;
  for (std::size_t i = 0; i < n; ++i) {
    const auto group = static_cast<std::size_t>(scrambled(i) * static_cast<double>(groups));
    for (std::size_t j = 0; j < d; ++j) {
      const double centre = 10.0 * scrambled(1000000 + group * d + j);
      values.push_back(
          static_cast<float>(centre + spread * (2.0 * scrambled(2000000 + i * d + j) - 1.0)));
    }
  }
  return {d, std::move(values)};
}

/// In float64, the plain way.
inline double plain_squared_distance(const float* a, const float* b, std::size_t dim) {
  double sum = 0.0;
  for (std::size_t i = 0; i < dim; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

}  // namespace histo::test
