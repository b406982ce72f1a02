#include "jobs/convert_import.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <system_error>
#include <vector>

#include "histo/error.hpp"
#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "jobs/feature_blocks.hpp"
#include "jobs/feature_info.hpp"
#include "jobs/foreign_files.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw Error(ErrorKind::input, file.string() + ": " + what);
}

bool has_size(const Rect& place) { return place.width > 0 && place.height > 0; }

/// Features of the tiles that the folder has: a tile that the file says nothing of is at its place.
void check_tiles(const std::filesystem::path& file, const ForeignFeatures& features,
                 const std::vector<TileRow>& tiles, const std::filesystem::path& table) {
  if (features.rows != tiles.size()) {
    refuse(file, "has " + count_of(features.rows, "row") + ", and " + table.string() + " has " +
                     count_of(tiles.size(), "tile"));
  }
  if (!features.places) return;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Rect& place = (*features.places)[i];
    const Rect& tile = tiles[i].rect;
    const bool same =
        place.x == tile.x && place.y == tile.y &&
        (!has_size(place) || (place.width == tile.width && place.height == tile.height));
    if (same) continue;
    refuse(file, "row " + std::to_string(i) + " is of a tile at x " + std::to_string(place.x) +
                     ", y " + std::to_string(place.y) + ", and " + table.string() +
                     " has another one there; give another --output");
  }
}

/// The tiles of a folder that has no table yet.
std::vector<TileRow> tiles_of(const std::filesystem::path& file, const ForeignFeatures& features,
                              const ConvertJobOptions& options) {
  if (!features.places) {
    refuse(file, "there are no places beside it, and " + options.output.string() +
                     " has no metadata.csv of this slide to take them from");
  }
  if (features.places->size() != features.rows) {
    refuse(file, "has " + count_of(features.rows, "row") + ", and there are " +
                     count_of(features.places->size(), "place") + " for them");
  }
  std::vector<TileRow> tiles;
  tiles.reserve(features.rows);
  for (Rect place : *features.places) {
    if (!has_size(place)) {
      if (!options.tile_size) {
        refuse(file, "does not say how large its tiles are; --tile-size states it");
      }
      place.width = place.height = *options.tile_size;
    }
    tiles.push_back({place, "", {}});
  }
  return tiles;
}

/// The table of a folder that has none, which its fingerprint needs before the features are there.
/// It goes again where these do not come.
class NewTable {
 public:
  NewTable(const std::filesystem::path& folder, const std::vector<TileRow>& tiles)
      : folder_(folder) {
    make_folders(folder);
    write_tile_table(tile_table_file(folder), {{}, tiles});
  }
  NewTable(const NewTable&) = delete;
  NewTable& operator=(const NewTable&) = delete;
  ~NewTable() {
    if (is_kept_) return;
    std::error_code ignored;
    std::filesystem::remove(tile_table_file(folder_), ignored);
    std::filesystem::remove(folder_, ignored);  // unless it holds something else
  }

  void keep() { is_kept_ = true; }

 private:
  const std::filesystem::path& folder_;
  bool is_kept_ = false;
};

// No step after this one would say which number it stumbled over.
void check_finite(const std::filesystem::path& file, const std::vector<float>& values,
                  std::size_t first_row, std::size_t count, std::size_t dim) {
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(count * dim);
  const auto found =
      std::find_if(values.begin(), end, [](float value) { return !std::isfinite(value); });
  if (found == end) return;
  const auto index = static_cast<std::size_t>(found - values.begin());
  refuse(file, "row " + std::to_string(first_row + index / dim) + ", column " +
                   std::to_string(index % dim) + " is " +
                   (std::isnan(*found) ? "not a number" : "infinite"));
}

FeatureInfo imported_info(const ConvertJobOptions& options, const std::filesystem::path& file,
                          const std::filesystem::path& folder, const ForeignFeatures& features,
                          const std::vector<TileRow>& tiles) {
  FeatureInfo info = features.info;
  info.slide = folder.filename().string();
  info.savetodir = folder.string();
  if (!tiles.empty()) info.tile_size = {tiles.front().rect.width, tiles.front().rect.height};
  if (!info.mpp_level0) info.mpp_level0 = options.slide_mpp;
  Fingerprint print = tiles_fingerprint(folder);
  if (!info.model_sha256.empty()) print.set("model", info.model_sha256);
  if (!info.card.empty()) print.set("card", sha256(info.card).substr(0, 16));
  print.set("converted", name_of(options.from.value()) + " " + sha256_file(file).substr(0, 16));
  info.fingerprint = print.digest();
  info.fingerprint_parts = print.text();
  return info;
}

}  // namespace

std::optional<std::size_t> import_slide(const ConvertJobOptions& options,
                                        const std::filesystem::path& file,
                                        const std::filesystem::path& folder,
                                        const std::function<bool()>& go_on) {
  const ForeignFeatures features = open_foreign(options, file, folder);
  if (features.dim == 0) refuse(file, "has features of no length");
  const std::filesystem::path table = tile_table_file(folder);
  const bool is_new = !std::filesystem::exists(table);
  const std::vector<TileRow> tiles =
      is_new ? tiles_of(file, features, options) : kept_tiles(read_tile_table(table));
  std::optional<NewTable> new_table;
  if (is_new) {
    new_table.emplace(folder, tiles);
  } else {
    check_tiles(file, features, tiles, table);
  }

  FeatureWriter writer(features_file(folder), features.dim,
                       imported_info(options, file, folder, features, tiles));
  const std::size_t block = rows_of_block(features.dim);
  std::vector<float> values(std::min(block, features.rows) * features.dim);
  for (std::size_t first = 0; first < tiles.size(); first += block) {
    if (!go_on()) return std::nullopt;
    const std::size_t count = std::min(block, tiles.size() - first);
    features.read(count, values.data());
    check_finite(file, values, first, count, features.dim);
    std::vector<Rect> rects;
    for (std::size_t i = 0; i < count; ++i) rects.push_back(tiles[first + i].rect);
    writer.append(values.data(), rects);
  }
  writer.commit();
  if (new_table) new_table->keep();
  return tiles.size();
}

}  // namespace histo
