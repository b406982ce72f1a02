#pragma once
/// From rows to settled fits, for any list of k and seeds.

#include <cstdint>
#include <vector>

#include "cluster/lloyd.hpp"

namespace histo::cluster {

struct FitJob {
  std::size_t k = 0;
  std::uint64_t seed = 0;
};

void check_rows(const RowSource& source, std::size_t k);  ///< throws Error(input)

/// All jobs by the same passes, in their order; the sample is drawn with options.seed. Clusters as
/// they come, with their first rows. Empty when `passes` says to stop.
std::vector<LloydFit> fit_jobs(const RowSource& source, const KMeansOptions& options,
                               const std::vector<FitJob>& jobs, Team& team, Passes& passes);

/// Renames the clusters: largest first, of equals the one that holds the earliest row.
KMeans in_order_of_size(const LloydFit& fit);

}  // namespace histo::cluster
