#pragma once
/// The tables that an annotation leaves; docs/formats.md has their columns.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/annotation.hpp"

#include "jobs/cluster_labels.hpp"
#include "jobs/cluster_names.hpp"
#include "jobs/clustered_slides.hpp"
#include "jobs/result_folder.hpp"

namespace histo {

/// All that is known, of which the tables show parts.
struct Annotated {
  std::vector<ClusteredSlide> slides;
  ClusterLabels labels;
  LabelCounts counts;
  std::vector<ClusterPurity> purities;
  std::vector<std::int32_t> dominant;       ///< of each cluster; none without labels
  std::vector<PatientDiversity> diversity;  ///< of each cluster
  ClusterNaming naming;

  std::size_t tiles() const;
  bool has_labels() const { return !labels.classes.empty(); }
  const std::string& class_name(std::int32_t label) const;  ///< of the labels; empty for none
  const std::string& name_of(std::size_t cluster) const;    ///< that it goes by; empty for none
};

/// clusters.csv, counts.csv, purity_curve.csv and names.csv.
std::string clusters_table(const Annotated& annotated);
std::string counts_table_of(const Annotated& annotated);
std::string purity_table(const Annotated& annotated);
std::string names_table(const Annotated& annotated);

/// The lines of one slide in labels.csv and in unlabelled.csv, and their headers.
std::string labels_header(const Annotated& annotated, bool with_group);
std::string unlabelled_header();
void add_tiles(const Annotated& annotated, std::size_t slide, bool with_group, std::string& labels,
               std::string& unlabelled);

/// How far the labels that clusters go by agree with those of single tiles.
struct Agreement {
  std::size_t tiles = 0;    ///< that go by a label
  std::size_t checked = 0;  ///< of those, with a label of their own
  std::size_t right = 0;    ///< of those, with the same one
};
Agreement agreement_of(const Annotated& annotated);

/// The figures of summary.json.
Json annotation_summary(const Annotated& annotated, double purity);

}  // namespace histo
