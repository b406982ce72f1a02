#pragma once
/// Labels for new slides, from the centroids of an earlier clustering.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/cluster_job.hpp"
#include "histo/job.hpp"
#include "histo/observer.hpp"
#include "histo/sharing.hpp"

namespace histo {

struct ApplyJobOptions {
  std::vector<std::filesystem::path> inputs;  ///< folders that hold slide folders
  std::filesystem::path centroids;            ///< centroids.h5

  /// No claims are taken: a slide's labels are one file, renamed into place, and the same whoever
  /// writes it.
  Sharing sharing;

  std::size_t threads = 1;  ///< at least 1; labels do not depend on it
  ClusterPictures pictures;

  /// As ClusterJobOptions::device; labels do not depend on it.
  std::string device = "cpu";
  /// As EncoderOptions::module_folder.
  std::filesystem::path module_folder;

  /// `never` also lets clusters.csv stand that is not what these centroids give, and refuses it.
  Overwrite overwrite = Overwrite::never;

  RunInfo info;
};

void validate(const ApplyJobOptions& options);

/// Which slides this shard would label.
std::vector<PlannedSlide> plan_apply_job(const ApplyJobOptions& options);

/// A slide whose clusters.csv is already the one that comes out counts as skipped. Features of
/// another model than the centroids', or of another length, fail the slide.
RunReport run_apply_job(const ApplyJobOptions& options, Observer& observer,
                        const std::atomic<bool>& stop);

}  // namespace histo
