#pragma once
/// What is known of clustered tiles: their classes, from a table and from drawn regions, and their
/// patients.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "histo/annotate_job.hpp"
#include "histo/observer.hpp"

#include "jobs/clustered_slides.hpp"

namespace histo {

struct ClusterLabels {
  std::vector<std::string> classes;               ///< names; `labels` counts in them
  std::vector<std::vector<std::int32_t>> labels;  ///< of each slide's tiles; -1: none
  std::vector<std::string> patients;              ///< names; `patient` counts in them
  std::vector<std::int32_t> patient;              ///< of each slide

  /// What one side has and the other has not: kind, key.
  std::vector<std::pair<std::string, std::string>> missing;
  std::vector<std::string> messages;  ///< a sentence each, of which the observer has been told

  std::size_t labelled() const;
};

/// The classes are those of options.labels.classes, or all there are, sorted by their bytes. A tile
/// that the table and a region, or two regions, put into different classes has none. Throws
/// Error(input) where something was given to label tiles by and no tile has a label.
ClusterLabels read_cluster_labels(const AnnotateJobOptions& options,
                                  const std::vector<ClusteredSlide>& slides, Observer& observer);

}  // namespace histo
