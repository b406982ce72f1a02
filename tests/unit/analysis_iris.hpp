#pragma once
/// Iris in two halves: rows 0, 2, 4, ... to learn from and rows 1, 3, 5, ... to be tried on.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/matrix.hpp"

#include "unit/cluster_iris.hpp"

namespace histo::test {

struct LabelledRows {
  std::size_t columns = 4;
  std::vector<float> values;
  std::vector<std::int32_t> labels;

  FloatMatrixView view() const { return {values.data(), labels.size(), columns}; }
};

/// Every second row from `first` on, of the species below `classes`.
inline LabelledRows iris_half(std::size_t first, std::size_t classes = 3) {
  LabelledRows half;
  for (std::size_t row = first; row < 50 * classes; row += 2) {
    for (std::size_t j = 0; j < 4; ++j) {
      half.values.push_back(static_cast<float>(iris_millimetres[row * 4 + j] / 10.0));
    }
    half.labels.push_back(static_cast<std::int32_t>(row / 50));
  }
  return half;
}

inline LabelledRows iris_training() { return iris_half(0); }
inline LabelledRows iris_tests() { return iris_half(1); }

inline LabelledRows labelled_rows(std::size_t columns, std::vector<float> values,
                                  std::vector<std::int32_t> labels) {
  return {columns, std::move(values), std::move(labels)};
}

inline double share_equal(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  std::size_t equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    equal += a[i] == b[i] ? std::size_t{1} : std::size_t{0};
  return static_cast<double>(equal) / static_cast<double>(a.size());
}

}  // namespace histo::test
