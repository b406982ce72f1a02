#include "jobs/clustered_slides.hpp"

#include <algorithm>
#include <utility>

#include "histo/cluster_store.hpp"
#include "histo/error.hpp"

#include "jobs/cluster_slides.hpp"
#include "jobs/plan.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

void check_range(const ClusteredSlide& slide, const fs::path& file, std::size_t k) {
  const auto found = std::find_if(
      slide.clusters.begin(), slide.clusters.end(),
      [k](std::int32_t cluster) { return cluster < 0 || static_cast<std::size_t>(cluster) >= k; });
  if (found == slide.clusters.end()) return;
  throw Error(ErrorKind::input, file.string() + ": has the cluster " + std::to_string(*found) +
                                    " in " + cluster_column(k) + ", where the last one is " +
                                    std::to_string(k - 1));
}

}  // namespace

std::vector<fs::path> folders_of_keys(const std::vector<fs::path>& inputs) {
  std::vector<fs::path> folders = folders_by_name(inputs);
  const auto twin = std::adjacent_find(
      folders.begin(), folders.end(),
      [](const fs::path& a, const fs::path& b) { return a.filename() == b.filename(); });
  if (twin == folders.end()) return folders;
  throw Error(ErrorKind::input, twin->string() + " and " + std::next(twin)->string() +
                                    " have one name, by which slides are known here");
}

ClusteredSlide read_clustered_slide(const fs::path& folder, std::size_t k) {
  const fs::path file = cluster_table_file(folder);
  if (!fs::exists(file)) {
    throw Error(ErrorKind::input,
                folder.string() +
                    ": has no clusters.csv; 'histoencoder cluster' makes it, for slides "
                    "with features; leave others out of --input");
  }
  ClusterTable table = read_cluster_table(file);
  const auto column = std::find(table.clusters.begin(), table.clusters.end(), k);
  if (column == table.clusters.end()) {
    std::string known;
    for (const std::size_t there : table.clusters) {
      known += (known.empty() ? "" : ", ") + std::to_string(there);
    }
    throw Error(ErrorKind::input, file.string() + ": has no column " + cluster_column(k) +
                                      ", but clusters for " + (known.empty() ? "nothing" : known) +
                                      "; all slides must be of one 'histoencoder cluster'");
  }
  ClusteredSlide slide;
  slide.name = folder.filename().string();
  slide.folder = folder;
  slide.tiles.reserve(table.tiles.size());
  for (const TileRow& tile : table.tiles) slide.tiles.push_back(tile.rect);
  slide.clusters =
      std::move(table.labels[static_cast<std::size_t>(column - table.clusters.begin())]);
  check_range(slide, file, k);
  return slide;
}

std::string doubt_of_one_run(const std::vector<fs::path>& inputs, std::size_t k) {
  fs::path first;
  std::string fingerprint;
  for (const fs::path& input : inputs) {
    const fs::path file = centroids_file(output_of(input));
    if (file == first || !fs::exists(file)) continue;
    const Clustering clustering = read_centroids(file);
    const bool has_k = std::any_of(clustering.centroids.begin(), clustering.centroids.end(),
                                   [k](const Centroids& of) { return of.k == k; });
    if (!has_k) continue;
    if (first.empty()) {
      first = file;
      fingerprint = clustering.fingerprint;
    } else if (clustering.fingerprint != fingerprint) {
      return first.string() + " and " + file.string() +
             " are of different runs: unless the slides were all labelled by one of them, with "
             "'histoencoder cluster --apply', a cluster's number means nothing across them";
    }
  }
  return {};
}

}  // namespace histo
