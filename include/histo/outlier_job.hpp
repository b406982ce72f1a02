#pragma once
/// Tiles to outliers: tiles clustered by their metrics, so that dust, ink, folds and blur can be
/// left out of what follows.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "histo/job.hpp"
#include "histo/observer.hpp"

namespace histo {

struct OutlierJobOptions {
  /// Folders that hold slide folders; the first one also takes `outliers/`.
  std::vector<std::filesystem::path> inputs;

  /// Clusters of all slides' tiles together, at least 2.
  std::size_t clusters = 4;

  /// Clusters whose tiles are marked, so that extraction leaves them out.
  std::vector<std::size_t> drop;

  std::uint64_t seed = 0;

  /// Tiles on each cluster's contact sheet: this many nearest to its centre and as many at random;
  /// 0 makes no sheets.
  std::size_t sheet_tiles = 32;

  /// At least 1. The clusters do not depend on it.
  std::size_t threads = 1;

  RunInfo info;
};

/// Throws Error(usage) naming the option and the value.
void validate(const OutlierJobOptions& options);

/// Source: HistoPrep's `OutlierDetector.cluster_kmeans`: k-means over the columns with "_q" in
/// their names or "_mean" or "_std" at their ends, and the clusters in the order of their centres'
/// distance from the mean centre, the farthest first, so that 0 holds the likeliest outliers. Ours
/// runs exact k-means from a fixed seed instead of unseeded mini-batches. Writes the columns
/// `outlier_cluster` and `outlier` (1 where the cluster is dropped) into every metadata.csv, and a
/// contact sheet for each cluster. Running it again replaces both. Throws Error(input) naming the
/// table that has no metrics, others than the rest or a cell that is no number, and where there are
/// fewer tiles than clusters; Error(usage) for options out of range. A tile whose image cannot be
/// read is a note.
RunReport run_outlier_job(const OutlierJobOptions& options, Observer& observer,
                          const std::atomic<bool>& stop);

}  // namespace histo
