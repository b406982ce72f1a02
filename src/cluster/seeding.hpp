#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/kmeans.hpp"

#include "cluster/moments.hpp"
#include "cluster/passes.hpp"

namespace histo::cluster {

/// First centres for one k.
struct Seeds {
  std::vector<float> centres;  ///< k x dim
  double seconds = 0.0;
};

/// Greedy k-means++ for every k of the options, all by the same passes: as many as the greatest k.
/// What is drawn for one k depends on the seed and that k alone. Empty when `passes` says to stop.
std::vector<Seeds> seed_centres(const RowSource& source, const KMeansOptions& options,
                                const Moments& moments, Passes& passes);

}  // namespace histo::cluster
