#pragma once

#include "cluster/lloyd_pass.hpp"

namespace histo::cluster {

/// Gives each cluster without rows the row that is farthest from its own centre, of equals the
/// first, among the clusters that have more than one; none that lies on its centre. `sums` are
/// those of the labels that the centroids give; rows move in `sums` only, since the next pass sets
/// the labels. Costs a pass over the rows.
void relocate_empty(const LloydRows& rows, const Quanta& quanta, const KMeans& clusters,
                    LabelSums& sums);

}  // namespace histo::cluster
