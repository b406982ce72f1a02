#pragma once
/// Clusters of tiles to the share of each cluster in a slide or patient, beside clinical data.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/job.hpp"
#include "histo/observer.hpp"

namespace histo {

/// What composition.csv holds; histo/composition.hpp has the formulas.
enum class Composition { share, percent, clr, alr, ilr };

struct ComposeJobOptions {
  /// Folders that hold slide folders with clusters.csv.
  std::vector<std::filesystem::path> inputs;

  std::size_t clusters = 0;  ///< which of the columns n_clusters=K

  /// A CSV with the column `slide`, the name of a slide's folder, and the column `group`, its
  /// patient; a slide may have many lines. Empty: each slide is by itself.
  std::filesystem::path labels;
  std::string group;

  /// Slides, or patients, with fewer tiles have no row in composition.csv.
  std::size_t min_tiles = 100;

  Composition composition = Composition::clr;

  bool neighbours = false;  ///< also count which clusters touch

  std::filesystem::path clinical;  ///< a CSV to join with; empty: none
  /// The column of it that has the patients' or slides' names. Empty: `group`, or else "slide".
  std::string key;

  std::filesystem::path output;
  Overwrite overwrite = Overwrite::never;
  RunInfo info;
};

/// Throws Error(usage) naming the option.
void validate(const ComposeJobOptions& options);

/// Writes composition.csv, counts.csv, missing.csv, neighbours.csv and joined.csv where they are
/// asked for, and summary.json. Throws Error(input) where a slide has no clusters, or none of that
/// number, where a table does not fit, and where nobody has enough tiles; Error(output).
AnalysisReport run_compose_job(const ComposeJobOptions& options, Observer& observer,
                               const std::atomic<bool>& stop);

}  // namespace histo
