#pragma once
/// Clusters to names: what the tiles of a cluster are, by the labels of some of them or by the word
/// of somebody who looked, for all of them.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <vector>

#include "histo/job.hpp"
#include "histo/labels.hpp"
#include "histo/observer.hpp"

namespace histo {

/// Which label a cluster goes by; histo/annotation.hpp has the formulas.
enum class NamingRule {
  majority,  ///< the most frequent one
  dominant,  ///< the one that outweighs all others by HPL's rule, or none
};

struct AnnotateJobOptions {
  /// Folders that hold slide folders with clusters.csv.
  std::vector<std::filesystem::path> inputs;

  std::size_t clusters = 0;  ///< which of the columns n_clusters=K

  LabelOptions labels;  ///< of tiles or slides; an empty table: none. Its split is not looked at

  /// A folder with SLIDE.geojson, regions drawn in QuPath: a tile has the class of the region that
  /// its centre lies in. Empty: none.
  std::filesystem::path regions;

  /// A CSV with the columns cluster and name. A name wins over the labels; a cluster without one
  /// goes by them. Empty: none.
  std::filesystem::path names;

  double purity = 0.9;      ///< from which on a cluster counts as covered, in [0, 1]
  double min_purity = 0.0;  ///< below it no label, in [0, 1]; names need none
  NamingRule rule = NamingRule::majority;

  std::filesystem::path output;
  Overwrite overwrite = Overwrite::never;
  std::size_t threads = 1;
  RunInfo info;
};

/// Throws Error(usage) naming the option.
void validate(const AnnotateJobOptions& options);

/// Writes clusters.csv, counts.csv, purity_curve.csv and .png, labels.csv, unlabelled.csv,
/// names.csv, missing.csv, SLIDE.geojson and SLIDE.png for each slide, and summary.json;
/// docs/formats.md has their columns. Without labels, regions and names all clusters stay without a
/// name, and names.csv waits for them. Throws Error(input) where a slide has no clusters, or none
/// of this number, where a table does not fit, and where labels are given and fit no tile;
/// Error(output). The files do not depend on the threads.
AnalysisReport run_annotate_job(const AnnotateJobOptions& options, Observer& observer,
                                const std::atomic<bool>& stop);

}  // namespace histo
