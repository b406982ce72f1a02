#pragma once

#include <cstddef>
#include <vector>

#include "histo/kmeans.hpp"

namespace histo::cluster {

/// Of the columns, over all rows.
struct Moments {
  std::vector<double> mean;    ///< dim
  double mean_variance = 0.0;  ///< mean over the columns of their population variance
};

/// One pass. Throws Error(input) naming the first row that holds a value which is not finite, and
/// the column.
Moments column_moments(const RowSource& source, std::size_t threads);

}  // namespace histo::cluster
