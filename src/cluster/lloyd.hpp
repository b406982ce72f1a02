#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/kmeans.hpp"

#include "cluster/nearest.hpp"
#include "cluster/passes.hpp"
#include "cluster/row_pass.hpp"

namespace histo::cluster {

/// The rows of a Lloyd run, and what is known of them.
struct LloydRows {
  RowView view;
  std::size_t all_rows = 0;  ///< of all ranks
  double largest = 0.0;      ///< magnitude of a value of these rows, at most
  const Origin* origin = nullptr;
  Team* team = nullptr;
};

struct LloydLimits {
  std::size_t max_iterations = 300;  ///< 0: rows only get their labels
  double tolerance = 1e-4;           ///< as KMeansOptions::tolerance
  std::size_t memory = 0;            ///< as KMeansOptions::memory
  Metric metric = Metric::euclidean;
};

/// Moves the centres of all `fits` until each has settled, then gives each its sizes, means and
/// inertia, and the first row of each cluster (the number of all rows if it has none); one pass
/// feeds every one that is not done. A fit comes with k, dim, centroids and the seconds spent so
/// far. `passes` null: nobody is asked. False when it says to stop.
struct LloydFit {
  KMeans clusters;
  std::vector<std::size_t> first_rows;  ///< k
};
bool run_lloyd(const LloydRows& rows, const LloydLimits& limits, std::vector<LloydFit>& fits,
               Passes* passes);

}  // namespace histo::cluster
