#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/kmeans.hpp"

#include "cluster/moments.hpp"
#include "cluster/passes.hpp"

namespace histo::cluster {

/// Moves the centres of all `results` until each has converged, then gives every row its label and
/// each result its sizes and inertia; one pass feeds every one that is not done. A result comes
/// with k, dim, centroids and the seconds spent so far. False when `passes` says to stop.
bool run_lloyd(const RowSource& source, const KMeansOptions& options, const Moments& moments,
               std::vector<KMeans>& results, Passes& passes);

}  // namespace histo::cluster
