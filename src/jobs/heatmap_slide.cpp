#include "jobs/heatmap_slide.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/outline.hpp"
#include "histo/picture.hpp"

#include "core/text.hpp"
#include "jobs/clustered_slides.hpp"
#include "jobs/thumbnails.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

constexpr int same_bytes = 2;  // compression 1 does not promise them

/// Unset where there is none, and why.
std::optional<Thumbnail> thumbnail_of(const fs::path& folder, std::string& why) {
  try {
    return read_thumbnail(folder);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    why = error.what();
    return std::nullopt;
  }
}

/// To the ends of the tiles, where nothing says how large the slide is.
Size extent_of(const std::vector<TileRow>& tiles) {
  Size size{1, 1};
  for (const TileRow& tile : tiles) {
    size.width = std::max(size.width, tile.rect.x + tile.rect.width);
    size.height = std::max(size.height, tile.rect.y + tile.rect.height);
  }
  return size;
}

Size size_of(HeatmapSlide& slide) {
  try {
    const std::optional<Size> size = read_slide_record(properties_file(slide.folder)).size;
    if (size) return *size;
    slide.guessed_size = properties_file(slide.folder).string() + ": does not state the size";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    slide.guessed_size = error.what();
  }
  return extent_of(slide.tiles);
}

/// Without a thumbnail rasters are as large as most thumbnails.
double default_downsample(const Size& slide, const std::optional<Thumbnail>& thumbnail) {
  constexpr double longest = 2048.0;
  if (thumbnail) {
    return std::max(
        static_cast<double>(slide.width) / static_cast<double>(thumbnail->image.width()),
        static_cast<double>(slide.height) / static_cast<double>(thumbnail->image.height()));
  }
  return std::max(1.0, static_cast<double>(std::max(slide.width, slide.height)) / longest);
}

/// Keeps the tiles with a score.
HeatmapSlide read_scores(const fs::path& folder, const ScoreTable& table) {
  HeatmapSlide slide;
  slide.name = folder.filename().string();
  slide.folder = folder;
  std::vector<TileRow> tiles = kept_tiles(read_tile_table(tile_table_file(folder)));
  slide.all_tiles = tiles.size();
  ScoreTable::Found found = table.of_tiles(slide.name, tiles);
  slide.unknown_tiles = std::move(found.unknown_tiles);
  const bool known = table.knows(slide.name);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    if (!std::isnan(found.scores[i])) {
      slide.tiles.push_back(std::move(tiles[i]));
      slide.scores.push_back(found.scores[i]);
    } else if (known) {
      slide.without_score.push_back(slide.name + " " + std::to_string(tiles[i].rect.x) + " " +
                                    std::to_string(tiles[i].rect.y));
    }
  }
  return slide;
}

ScorePaint paint_of(const HeatmapSlide& slide, const HeatmapJobOptions& options,
                    const HeatmapLook& look) {
  ScorePaint paint{look.limits.low, look.limits.high, options.alpha,
                   slide.name,      options.score,    look.notes};
  if (options.rank) paint.score = "rank of " + options.score;
  std::string tiles = count_of(slide.scores.size(), "tile");
  if (!slide.without_score.empty()) {
    tiles += ", " + std::to_string(slide.without_score.size()) + " more without a score";
  }
  paint.notes.push_back(tiles);
  if (slide.clipped > 0) {
    paint.notes.push_back(count_of(slide.clipped, "score") + " beyond the colours' limits");
  }
  return paint;
}

void add_scored_tiles(HeatmapSlide& slide, const ScoreLimits& limits) {
  const double range = limits.high - limits.low;
  for (std::size_t i = 0; i < slide.tiles.size(); ++i) {
    const double share =
        range > 0.0 ? std::clamp((slide.scores[i] - limits.low) / range, 0.0, 1.0) : 0.5;
    const Colour colour = score_colour(share);
    slide.scored.push_back(
        {slide.tiles[i].rect, slide.scores[i], {colour.red, colour.green, colour.blue}});
  }
}

}  // namespace

HeatmapSlide scored_slide(const fs::path& folder, const ScoreTable& table,
                          const HeatmapJobOptions& options, const HeatmapLook& look) {
  HeatmapSlide slide = read_scores(folder, table);
  if (slide.scores.empty()) return slide;
  slide.clipped = static_cast<std::size_t>(std::count_if(
      slide.scores.begin(), slide.scores.end(),
      [&look](double score) { return score < look.limits.low || score > look.limits.high; }));
  const std::optional<Thumbnail> thumbnail = thumbnail_of(folder, slide.no_picture);
  const Size size = thumbnail ? thumbnail->slide_size : size_of(slide);
  std::vector<Rect> rects;
  for (const TileRow& tile : slide.tiles) rects.push_back(tile.rect);
  slide.raster = score_raster(rects, slide.scores, size,
                              options.downsample.value_or(default_downsample(size, thumbnail)));
  if (options.geojson) add_scored_tiles(slide, look.limits);
  if (!thumbnail) return slide;
  const ScoreField field{slide.raster.size, slide.raster.downsample, slide.raster.values};
  slide.png = encode_png(
      score_overlay(thumbnail->image, thumbnail->slide_size, field, paint_of(slide, options, look))
          .view(),
      same_bytes);
  return slide;
}

HeatmapSlide clustered_heatmap(const fs::path& folder, const HeatmapJobOptions& options) {
  const ClusteredSlide clustered = read_clustered_slide(folder, options.clusters);
  HeatmapSlide slide;
  slide.name = clustered.name;
  slide.folder = folder;
  slide.all_tiles = clustered.tiles.size();
  const std::optional<Thumbnail> thumbnail = thumbnail_of(folder, slide.no_picture);
  if (thumbnail) {
    slide.png = encode_png(cluster_overlay(thumbnail->image, thumbnail->slide_size, clustered.tiles,
                                           clustered.clusters, options.clusters)
                               .view(),
                           same_bytes);
  }
  if (!options.geojson) return slide;
  std::vector<std::vector<Rect>> tiles(options.clusters);
  for (std::size_t i = 0; i < clustered.tiles.size(); ++i) {
    tiles[static_cast<std::size_t>(clustered.clusters[i])].push_back(clustered.tiles[i]);
  }
  for (std::size_t cluster = 0; cluster < tiles.size(); ++cluster) {
    if (tiles[cluster].empty()) continue;
    const auto label = static_cast<std::int32_t>(cluster);
    const Colour colour = cluster_colour(label);
    slide.outlines.push_back({label,
                              {colour.red, colour.green, colour.blue},
                              tiles[cluster].size(),
                              outline_of(tiles[cluster])});
  }
  return slide;
}

}  // namespace histo
