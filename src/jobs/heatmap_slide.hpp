#pragma once
/// One slide of a heatmap.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/heatmap_job.hpp"
#include "histo/score_raster.hpp"
#include "histo/tile_table.hpp"

#include "jobs/score_table.hpp"
#include "store/cluster_outlines.hpp"

namespace histo {

/// What holds for all slides of a job.
struct HeatmapLook {
  ScoreLimits limits;
  std::vector<std::string> notes;  ///< what the limits are, for the legend
};

/// What one slide comes to; empty where it has no score.
struct HeatmapSlide {
  std::string name;
  std::filesystem::path folder;
  std::vector<TileRow> tiles;  ///< those with a score
  std::vector<double> scores;  ///< one a tile
  std::size_t all_tiles = 0;
  std::vector<std::string> without_score;  ///< "slide x y"
  std::vector<std::string> unknown_tiles;  ///< of the table: "slide x y"
  std::size_t clipped = 0;                 ///< scores beyond the limits
  ScoreRaster raster;
  std::vector<std::uint8_t> png;   ///< empty where there is no picture
  std::string no_picture;          ///< then why
  std::string guessed_size;        ///< why the raster ends with the last tile; empty: it does not
  std::vector<ScoredTile> scored;  ///< for GeoJSON, where it is asked for
  std::vector<ClusterOutline> outlines;  ///< likewise, of clusters
};

/// Pure; any thread. Throws Error(input) for a folder whose tiles cannot be read.
HeatmapSlide scored_slide(const std::filesystem::path& folder, const ScoreTable& table,
                          const HeatmapJobOptions& options, const HeatmapLook& look);

/// The same of the slide's clusters. Throws Error(input) as `read_clustered_slide`.
HeatmapSlide clustered_heatmap(const std::filesystem::path& folder,
                               const HeatmapJobOptions& options);

}  // namespace histo
