#pragma once
/// Features to clusters.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/job.hpp"
#include "histo/kmeans.hpp"
#include "histo/observer.hpp"
#include "histo/team.hpp"

namespace histo {

/// For which numbers of clusters a slide gets a picture of its clusters.
enum class Overlays { none, fewest, all };

/// What each slide gets beside clusters.csv.
struct ClusterPictures {
  Overlays overlays = Overlays::fewest;  ///< clusters_k8.jpeg
  bool outlines = false;                 ///< clusters_k8.geojson, for every k
};

/// The least that ClusterJobOptions::memory may be.
inline constexpr std::size_t least_memory = std::size_t{256} << 20U;

struct ClusterJobOptions {
  /// Folders that hold slide folders; the first one also takes `clustering/`.
  std::vector<std::filesystem::path> inputs;

  KMeansOptions kmeans;

  /// A centroids.h5 whose centroids are where Lloyd's iteration begins, for each k; its clusters
  /// keep their numbers, and its preprocessing and metric hold. Unset: kmeans.initialisation.
  std::optional<std::filesystem::path> start;

  std::size_t pca = 0;  ///< principal components to cluster on; 0: the features as they are
  bool whiten = false;  ///< the components to unit variance; needs pca

  /// Further seeds whose partitions are compared with each other; 0 leaves it out, 1 compares
  /// nothing and is refused.
  std::size_t stability = 0;

  /// Rows that the silhouette is computed on, drawn with the seed; 0 leaves it out. It costs the
  /// square of this.
  std::size_t silhouette_sample = 10000;

  /// Tiles of each cluster on the contact sheets: nearest to its centroid, and at random. No sheets
  /// where both are 0.
  std::size_t sheet_tiles = 10;
  std::size_t sheet_random = 5;

  ClusterPictures pictures;

  bool skip_missing = false;  ///< leave slides without features out instead of refusing them

  /// Bytes that rows may take; what does not fit is read from the files in every pass. Results do
  /// not depend on it.
  std::size_t memory = std::size_t{2} << 30U;

  /// What multiplies: "cpu" (OpenBLAS), "cuda", "cuda:N", or "auto" (a GPU if there is one).
  /// Results do not depend on it, to the byte.
  std::string device = "cpu";
  /// As EncoderOptions::module_folder.
  std::filesystem::path module_folder;

  Overwrite overwrite = Overwrite::never;

  RunInfo info;
};

void validate(const ClusterJobOptions& options);

std::vector<PlannedSlide> plan_cluster_job(const ClusterJobOptions& options);

/// Each rank of the team reads and labels its share; the first one writes what belongs to all. All
/// ranks get the same report.
RunReport run_cluster_job(const ClusterJobOptions& options, Team& team, Observer& observer,
                          const std::atomic<bool>& stop);
/// One process alone.
RunReport run_cluster_job(const ClusterJobOptions& options, Observer& observer,
                          const std::atomic<bool>& stop);

}  // namespace histo
