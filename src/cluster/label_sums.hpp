#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace histo::cluster {

/// How many rows carry each of k labels, and the sum of these rows.
struct LabelSums {
  std::vector<std::size_t> counts;  ///< k
  std::vector<double> sums;         ///< k x dim

  void reset(std::size_t k, std::size_t dim) {
    counts.assign(k, 0);
    sums.assign(k * dim, 0.0);
  }

  void add(const float* row, std::size_t dim, std::int32_t label) {
    const auto index = static_cast<std::size_t>(label);
    ++counts[index];
    double* sum = sums.data() + index * dim;
    for (std::size_t i = 0; i < dim; ++i) sum[i] += static_cast<double>(row[i]);
  }

  void add(const LabelSums& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += other.sums[i];
  }
};

}  // namespace histo::cluster
