// Tables of text: metadata.csv, clusters.csv, and the slides' resolutions.

#include <cmath>

#include "histo/cluster_store.hpp"
#include "histo/tile_job.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "fuzz/bench.hpp"
#include "fuzz/targets.hpp"
#include "store/feature_table.hpp"

namespace histo::fuzz {

namespace {

// Sums of a few coordinates must not overflow.
constexpr std::int64_t largest = std::int64_t{1} << 53;

bool is_within(std::int64_t value) { return -largest <= value && value <= largest; }

void require_sound(const TileRow& row) {
  require(is_within(row.rect.x) && is_within(row.rect.y), "a place is in range");
  require(is_within(row.rect.width) && is_within(row.rect.height), "a size is in range");
  require(row.rect.width >= 1 && row.rect.height >= 1, "a tile has pixels");
  const std::filesystem::path path = row.path;
  if (path.is_absolute()) return;
  const std::filesystem::path inside = ("/slide" / path).lexically_normal();
  require(inside.string().rfind("/slide", 0) == 0, "a relative path stays in the slide's folder");
}

}  // namespace

void tile_table(std::string_view bytes) {
  const std::filesystem::path file = scratch_file("metadata.csv", bytes);
  TileTable table;
  if (!accepts([&] { table = read_tile_table(file); })) return;
  for (const TileRow& row : table.rows) {
    require_sound(row);
    require(row.more.size() == table.columns.size(), "a row has all further cells");
  }
  require(kept_tiles(table).size() <= table.rows.size(), "tiles are only left out");

  write_tile_table(file, table);
  const std::string text = read_text(file);
  TileTable again;
  require(accepts([&] { again = read_tile_table(file); }), "what was written can be read");
  write_tile_table(file, again);
  require(again.columns == table.columns && again.rows.size() == table.rows.size() &&
              read_text(file) == text,
          "what was written is read back");
}

void cluster_table(std::string_view bytes) {
  const std::filesystem::path file = scratch_file("clusters.csv", bytes);
  ClusterTable table;
  if (!accepts([&] { table = read_cluster_table(file); })) return;
  require(table.labels.size() == table.clusters.size(), "each k has its labels");
  for (const TileRow& row : table.tiles) require_sound(row);
  for (std::size_t i = 0; i < table.labels.size(); ++i) {
    require(table.labels[i].size() == table.tiles.size(), "each tile has a label");
    for (const std::int32_t label : table.labels[i]) {
      require(label >= 0 && static_cast<std::size_t>(label) < table.clusters[i],
              "a label is below its k");
    }
  }

  const std::string text = cluster_table_text(table);
  scratch_file("clusters.csv", text);
  require(accepts([&] { table = read_cluster_table(file); }), "what was written can be read");
  require(cluster_table_text(table) == text, "what was written is read back");
}

void feature_table(std::string_view bytes) {
  const std::filesystem::path file = scratch_file("slide.csv", bytes);
  accepts([&] {
    const ForeignFeatures features = read_feature_table(file);
    require(features.places && features.places->size() == features.rows, "a row has a place");
    for (const Rect& place : *features.places) {
      require(place.width >= 1 && place.height >= 1, "a tile has pixels");
    }
    std::vector<float> values(features.dim);
    for (std::size_t i = 0; i < features.rows; ++i) features.read(1, values.data());
  });
}

void slide_list(std::string_view bytes) {
  const std::filesystem::path file = scratch_file("slides.csv", bytes);
  std::map<std::string, double> found;
  if (!accepts([&] { found = read_slide_mpp(file); })) return;
  for (const auto& [name, mpp] : found) {
    require(!name.empty(), "a slide has a name");
    require(std::isfinite(mpp) && mpp > 0.0, "a resolution is a positive number");
  }
}

}  // namespace histo::fuzz
