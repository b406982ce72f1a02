#pragma once

#include <cstddef>
#include <vector>

namespace histo::spots {

/// Two nodes become one. Nodes 0 .. count-1 are the values; merge i makes node count + i.
struct Merge {
  std::size_t smaller = 0;  ///< node, below `larger`
  std::size_t larger = 0;
};

/// Ward's clustering of numbers, from the nearest pair to the last. `values` holds at least one.
///
/// Equal distances, which whole coordinates give often, are resolved as scipy's
/// `cluster.hierarchy.ward` does, on which scikit-learn's AgglomerativeClustering stands: chains of
/// nearest neighbours (Murtagh, "Complexities of hierarchic clustering algorithms", Comp. Stat.
/// Quarterly 1 (1984) 101-113) that begin at the lowest cluster, prefer the one that they came
/// from, then the lowest; a merged cluster keeps the higher index; at the end the merges are
/// sorted, equals in the order they were made.
std::vector<Merge> ward_merges(const std::vector<double>& values);

}  // namespace histo::spots
