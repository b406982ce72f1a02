#pragma once
/// Scores or clusters of tiles to pictures of slides.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/job.hpp"
#include "histo/observer.hpp"
#include "histo/sharing.hpp"

namespace histo {

/// Which scores have the lowest and the highest colour.
struct ScoreLimits {
  double low = 0.0;
  double high = 1.0;
};

struct HeatmapJobOptions {
  /// Folders that hold slide folders.
  std::vector<std::filesystem::path> inputs;

  /// A CSV with the columns slide, x, y and `score`, such as a predictions.csv. A line whose score
  /// is empty says nothing of its tile. Empty: clusters are painted.
  std::filesystem::path scores;
  std::string score;

  std::size_t clusters = 0;  ///< which of the columns n_clusters=K; 0: scores are painted

  /// Level-0 pixels along one side of a pixel of the raster. Unset: the thumbnail's.
  std::optional<double> downsample;

  bool rank = false;   ///< each score's rank among all of the table, in (0, 1]
  double alpha = 0.4;  ///< the colour's part of a pixel, in [0, 1]

  /// The same on all slides. Unset: 0 to 1 for ranks and columns that begin with "p=", else from
  /// the lowest to the highest score of the table.
  std::optional<ScoreLimits> limits;

  bool geojson = false;  ///< also SLIDE.geojson
  std::size_t top = 10;  ///< tiles with the highest scores, and with the lowest; 0: none

  /// A part of the slides, whose results go to a folder of its own, shard_I_of_N, in `output`.
  Shard shard;

  std::filesystem::path output;
  Overwrite overwrite = Overwrite::never;
  std::size_t threads = 1;
  RunInfo info;
};

/// Throws Error(usage) naming the option.
void validate(const HeatmapJobOptions& options);

/// Writes SLIDE.png, the thumbnail with scores or clusters over it. Of scores also SLIDE.npy, the
/// raster (float32, NaN where no tile is), slides.csv, missing.csv, top.csv and top.png; of both
/// SLIDE.geojson where it is asked for, and summary.json. docs/formats.md says what is in them. A
/// slide without a thumbnail has no picture, which is said. Throws Error(input) where the table
/// does not fit or no tile has a score, where a slide has no such clusters; Error(output). The
/// files do not depend on the threads.
AnalysisReport run_heatmap_job(const HeatmapJobOptions& options, Observer& observer,
                               const std::atomic<bool>& stop);

}  // namespace histo
