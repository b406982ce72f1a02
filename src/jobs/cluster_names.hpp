#pragma once
/// What clusters go by.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/annotate_job.hpp"
#include "histo/annotation.hpp"

namespace histo {

/// The names that somebody gave to clusters 0 .. k-1; empty for those without one. Columns cluster
/// and name, others are ignored. Throws Error(input) naming the file and the line: a cluster that
/// is none of these, or stands there twice, and where no cluster has a name.
std::vector<std::string> read_cluster_names(const std::filesystem::path& file, std::size_t k);

struct ClusterName {
  std::int32_t name = no_label;  ///< of `ClusterNaming::names`
  /// The share of the cluster's labelled tiles that carry the name; NaN where none is labelled, or
  /// the name is no class of the labels.
  double confidence = 0.0;
  bool given = false;  ///< by a person
};

struct ClusterNaming {
  std::vector<std::string> names;  ///< the classes of the labels, then what else people gave
  std::vector<ClusterName> clusters;
};

/// `given`: a name for each cluster, or empty; an empty list gives none.
ClusterNaming name_clusters(const LabelCounts& counts, const std::vector<std::string>& classes,
                            const std::vector<std::string>& given,
                            const AnnotateJobOptions& options);

}  // namespace histo
