#pragma once
/// Features to clusters.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <vector>

#include "histo/job.hpp"
#include "histo/kmeans.hpp"
#include "histo/observer.hpp"

namespace histo {

struct ClusterJobOptions {
  /// Folders that hold slide folders; the first one also takes `clustering/`.
  std::vector<std::filesystem::path> inputs;

  KMeansOptions kmeans;

  /// Rows that the silhouette is computed on, drawn with the seed; 0 leaves it out. It costs the
  /// square of this.
  std::size_t silhouette_sample = 2000;

  /// Tiles of each cluster on the contact sheets, nearest to its centre first; 0 makes no sheets.
  std::size_t sheet_tiles = 10;

  Overwrite overwrite = Overwrite::never;

  RunInfo info;
};

void validate(const ClusterJobOptions& options);

std::vector<PlannedSlide> plan_cluster_job(const ClusterJobOptions& options);

RunReport run_cluster_job(const ClusterJobOptions& options, Observer& observer,
                          const std::atomic<bool>& stop);

}  // namespace histo
