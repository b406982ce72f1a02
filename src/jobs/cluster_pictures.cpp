#include "jobs/cluster_pictures.hpp"

#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "histo/charts.hpp"
#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/outline.hpp"
#include "histo/picture.hpp"

#include "core/files.hpp"
#include "core/text.hpp"
#include "jobs/cluster_slides.hpp"
#include "store/cluster_outlines.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"

namespace histo {

namespace {

constexpr int picture_quality = 85;
constexpr int same_bytes = 2;  // compression 1 does not promise them

/// Reads the tiles of a slide when the first of them is asked for.
TilePlace place_of(std::size_t row, const StoredRows& rows, std::vector<SlideTiles>& slides) {
  const std::size_t slide = rows.slide_of(row);
  std::vector<TileRow>& tiles = slides[slide].tiles;
  if (tiles.empty()) tiles = clustered_tiles(slides[slide].folder).tiles;
  return {slide, row - rows.start(slide)};
}

}  // namespace

std::vector<std::string> write_contact_sheet(const std::filesystem::path& output,
                                             const StoredRows& rows,
                                             const std::vector<std::filesystem::path>& folders,
                                             const KMeans& clusters,
                                             const ClusterDescription& description,
                                             std::size_t threads) {
  std::vector<SlideTiles> slides;
  for (const std::filesystem::path& folder : folders) slides.push_back({folder, {}});
  std::vector<TilePlace> places;  // of each cluster the nearest, then those at random
  for (std::size_t cluster = 0; cluster < clusters.k; ++cluster) {
    for (const auto* chosen : {&description.nearest[cluster], &description.random[cluster]}) {
      for (const std::size_t row : *chosen) places.push_back(place_of(row, rows, slides));
    }
  }
  SheetTiles read = read_sheet_tiles(slides, places, threads);
  ContactSheet sheet;
  sheet.tiles = rows.rows();
  auto next = std::make_move_iterator(read.tiles.begin());
  const auto take = [&next](const std::vector<std::size_t>& chosen) {
    const auto first = next;
    next += static_cast<std::ptrdiff_t>(chosen.size());
    return without_empty({first, next});
  };
  for (std::size_t cluster = 0; cluster < clusters.k; ++cluster) {
    SheetCluster row;
    row.size = clusters.sizes[cluster];
    row.nearest = take(description.nearest[cluster]);
    row.random = take(description.random[cluster]);
    sheet.clusters.push_back(std::move(row));
  }
  replace_file(contact_sheet_file(output, clusters.k),
               encode_jpeg(contact_sheet(sheet).view(), picture_quality));
  return read.missing;
}

void write_overlays(const std::filesystem::path& folder, const ClusterTable& table,
                    std::size_t count) {
  if (count == 0) return;
  const std::filesystem::path file = thumbnail_file(folder);
  const std::vector<std::uint8_t> bytes = read_file(file);
  const Image thumbnail = decode_image(bytes.data(), bytes.size(), file.string());
  const std::optional<Size> size = read_slide_record(properties_file(folder)).size;
  if (!size) {
    throw Error(ErrorKind::input,
                properties_file(folder).string() + ": does not state the slide's size");
  }
  std::vector<Rect> tiles;
  for (const TileRow& tile : table.tiles) tiles.push_back(tile.rect);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t k = table.clusters[i];
    const Image overlay = cluster_overlay(thumbnail, *size, tiles, table.labels[i], k);
    replace_file(cluster_overlay_file(folder, k), encode_jpeg(overlay.view(), picture_quality));
  }
}

void write_outlines(const std::filesystem::path& folder, const ClusterTable& table) {
  for (std::size_t i = 0; i < table.clusters.size(); ++i) {
    std::vector<std::vector<Rect>> tiles(table.clusters[i]);
    for (std::size_t row = 0; row < table.tiles.size(); ++row) {
      tiles[static_cast<std::size_t>(table.labels[i][row])].push_back(table.tiles[row].rect);
    }
    std::vector<ClusterOutline> outlines;
    for (std::size_t label = 0; label < tiles.size(); ++label) {
      if (tiles[label].empty()) continue;
      const auto name = static_cast<std::int32_t>(label);
      const Colour colour = cluster_colour(name);
      outlines.push_back({name,
                          {colour.red, colour.green, colour.blue},
                          tiles[label].size(),
                          outline_of(tiles[label])});
    }
    write_cluster_outlines(cluster_outline_file(folder, table.clusters[i]), outlines);
  }
}

void write_choice_of_k(const std::filesystem::path& output,
                       const std::vector<ClusterSummary>& summary) {
  ChoiceOfK choice;
  for (const ClusterSummary& row : summary) {
    choice.k.push_back(row.k);
    choice.inertia.push_back(row.inertia);
    choice.silhouette.push_back(row.silhouette);
    choice.calinski_harabasz.push_back(row.calinski_harabasz);
    choice.davies_bouldin.push_back(row.davies_bouldin);
    choice.stability.push_back(row.stability.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  choice.remark = "silhouette of " + count_of(summary.front().silhouette_sample, "tile");
  if (summary.front().stability) {
    choice.remark += ", stability of " + count_of(summary.front().stability_seeds, "further seed");
  }
  replace_file(choice_of_k_file(output),
               encode_png(choice_of_k_picture(choice).view(), same_bytes));
}

}  // namespace histo
