#pragma once

#include <cstddef>
#include <vector>

namespace histo::spots {

/// Which of the array's rows, or columns, each spot stands in.
struct Lines {
  std::size_t count = 0;
  std::vector<std::size_t> of;  ///< 0 .. count-1, ascending with the coordinate
};

/// Groups the spots by one coordinate; `values` holds at least one. The number of groups is that of
/// 2 .. values-1 whose mean silhouette is greatest, the smallest of equals; one group for one or
/// two values. Equals scikit-learn's silhouette_score to the last bit, so that the same number
/// wins.
Lines find_lines(const std::vector<double>& values);

}  // namespace histo::spots
