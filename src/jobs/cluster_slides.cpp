#include "jobs/cluster_slides.hpp"

#include <algorithm>
#include <utility>

#include "histo/error.hpp"
#include "histo/feature_store.hpp"

#include "core/text.hpp"
#include "jobs/cluster_pictures.hpp"
#include "jobs/cluster_rows.hpp"
#include "jobs/plan.hpp"
#include "store/layout.hpp"
#include "store/removal.hpp"

namespace histo {

namespace {

/// For so many numbers of clusters, the fewest first.
std::size_t overlay_count(Overlays overlays, const ClusterTable& table) {
  switch (overlays) {
    case Overlays::none:
      return 0;
    case Overlays::fewest:
      return std::min<std::size_t>(1, table.clusters.size());
    case Overlays::all:
      break;
  }
  return table.clusters.size();
}

}  // namespace

SlideTiles clustered_tiles(const std::filesystem::path& folder) {
  SlideTiles slide{folder, kept_tiles(read_tile_table(tile_table_file(folder)))};
  const std::string file = features_file(folder).string();
  const FeatureReader reader(features_file(folder));
  if (reader.rows() != slide.tiles.size()) {
    throw Error(ErrorKind::input, file + ": " + count_of(reader.rows(), "row") +
                                      ", and metadata.csv has " +
                                      count_of(slide.tiles.size(), "tile") +
                                      "; extract the slide again with --overwrite");
  }
  // As many features as tiles may still be those of other tiles.
  const std::vector<Rect> rects = reader.read_rects();
  const auto same_place = [](const Rect& rect, const TileRow& tile) {
    return rect.x == tile.rect.x && rect.y == tile.rect.y;
  };
  if (std::equal(rects.begin(), rects.end(), slide.tiles.begin(), slide.tiles.end(), same_place))
    return slide;
  throw Error(ErrorKind::input, file +
                                    ": was made of other tiles than metadata.csv has; extract the "
                                    "slide again with --overwrite");
}

std::string write_cluster_slide(const std::filesystem::path& folder, const ClusterTable& table,
                                const ClusterPictures& pictures) {
  std::string missing;
  remove_cluster_pictures(folder);
  try {
    write_overlays(folder, table, overlay_count(pictures.overlays, table));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    missing = std::string("no overlay: ") + error.what();
  }
  if (pictures.outlines) write_outlines(folder, table);
  write_cluster_table(cluster_table_file(folder), table);
  return missing;
}

std::string preprocessing_name(std::size_t components, bool whiten) {
  if (components == 0) return "none";
  return "pca=" + std::to_string(components) + (whiten ? ";whiten=1" : "");
}

std::string metric_name(Metric metric) { return metric == Metric::cosine ? "cosine" : "euclidean"; }

std::string mode_name(ClusterMode mode) { return mode == ClusterMode::fast ? "fast" : "exact"; }

std::string initialisation_name(Initialisation initialisation) {
  switch (initialisation) {
    case Initialisation::kmeans_plus_plus:
      return "k-means++";
    case Initialisation::kmeans_parallel:
      return "k-means||";
    case Initialisation::random:
      break;
  }
  return "random";
}

Metric metric_of(const Clustering& clustering, const std::filesystem::path& file) {
  for (const Metric metric : {Metric::euclidean, Metric::cosine}) {
    if (clustering.metric == metric_name(metric)) return metric;
  }
  throw Error(ErrorKind::input, file.string() + ": is of the metric '" + clustering.metric +
                                    "', which this version does not know");
}

void check_model(const Clustering& clustering, const std::filesystem::path& file,
                 const StoredRows& rows) {
  const auto described = [](const std::string& encoder, const std::string& sha256,
                            const std::string& pooling, std::size_t dim) {
    return encoder + " " + sha256.substr(0, 8) + ", pooled as '" + pooling + "', " +
           count_of(dim, "feature") + " each";
  };
  const std::size_t dim = preprocessing_of(clustering).dim;
  const std::string wanted =
      described(clustering.encoder, clustering.model_sha256, clustering.pooling, dim);
  const std::string found =
      described(rows.encoder(), rows.model_sha256(), rows.pooling(), rows.dim());
  if (wanted == found && clustering.model_sha256 == rows.model_sha256()) return;
  throw Error(ErrorKind::input, file.string() + ": was made of features of " + wanted +
                                    ", and these are of " + found);
}

std::vector<std::filesystem::path> folders_by_name(
    const std::vector<std::filesystem::path>& inputs) {
  std::vector<std::filesystem::path> folders = find_slide_folders(inputs);
  std::stable_sort(folders.begin(), folders.end(),
                   [](const std::filesystem::path& a, const std::filesystem::path& b) {
                     return a.filename() < b.filename();
                   });
  return folders;
}

}  // namespace histo
