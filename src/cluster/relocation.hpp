#pragma once

#include <cstddef>

#include "histo/kmeans.hpp"

#include "cluster/label_sums.hpp"

namespace histo::cluster {

/// Gives each cluster without rows the row that is farthest from its own centre, of equals the
/// first, among the clusters that have more than one; none that lies on its centre. `sums` are
/// those of clusters.labels; rows move in `sums` only, since the next pass sets the labels. Costs a
/// pass over the rows if, and only if, a cluster is empty.
void relocate_empty(const RowSource& source, std::size_t threads, const KMeans& clusters,
                    LabelSums& sums);

}  // namespace histo::cluster
