#pragma once
/// The tables that `compose` writes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/compose_job.hpp"
#include "histo/composition.hpp"
#include "histo/matrix.hpp"

namespace histo {

/// Something that did not get into composition.csv or joined.csv, and why.
struct LeftOut {
  std::string what;
  std::string key;
};
/// missing.csv: columns what, key.
std::string left_out_table(const std::vector<LeftOut>& left_out);

/// "cluster=0" .. "cluster=K-1"; with K - 1 columns "alr=0" .. or "ilr=1" .. .
std::vector<std::string> composition_columns(Composition composition, std::size_t clusters);

/// The columns' values, one row a group; each group has tiles.
DoubleMatrix composition_values(Composition composition, const ClusterCounts& counts);

/// Some of the groups, in the order given.
ClusterCounts counts_at(const ClusterCounts& counts, const std::vector<std::size_t>& places);

/// counts.csv: columns `key`, tiles, cluster=0 .. cluster=K-1, in tiles.
std::string counts_table(const std::string& key, const std::vector<std::string>& names,
                         const ClusterCounts& counts);

/// composition.csv: columns `key`, tiles, then `columns`. One name a row of `values`.
std::string composition_table(const std::string& key, const std::vector<std::string>& names,
                              const ClusterCounts& counts, const std::vector<std::string>& columns,
                              const DoubleMatrix& values);

/// neighbours.csv: columns `key`, a, b, pairs, for a <= b; `pairs` is K x K for each name.
std::string neighbours_table(const std::string& key, const std::vector<std::string>& names,
                             const std::vector<std::vector<std::uint64_t>>& pairs,
                             std::size_t clusters);

}  // namespace histo
