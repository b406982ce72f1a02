#include "jobs/cluster_pictures.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/picture.hpp"

#include "core/files.hpp"
#include "core/ordered_map.hpp"
#include "jobs/stored_tiles.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"

namespace histo {

namespace {

constexpr int picture_quality = 85;

/// A place on the sheet: the cluster's rank-th tile.
struct Place {
  std::size_t cluster = 0;
  std::size_t rank = 0;
  std::size_t row = 0;
};

/// A tile for the sheet, or the name of the file that could not be read.
struct Cell {
  Place place;
  Image tile;
  std::string missing;
};

/// The places of the sheet in the order of the rows, so that a slide is opened once.
std::vector<Place> places_of(const std::vector<std::vector<std::size_t>>& nearest) {
  std::vector<Place> places;
  for (std::size_t cluster = 0; cluster < nearest.size(); ++cluster) {
    for (std::size_t rank = 0; rank < nearest[cluster].size(); ++rank) {
      places.push_back({cluster, rank, nearest[cluster][rank]});
    }
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.row < b.row; });
  return places;
}

/// Reads tiles of many slides and keeps the last slide open.
class SheetReader {
 public:
  SheetReader(const std::vector<ClusteredSlide>& slides, const StoredRows& rows)
      : slides_(slides), rows_(rows) {}

  Cell read(const Place& place) {
    Cell cell{place, {}, {}};
    const std::size_t index = rows_.slide_of(place.row);
    const ClusteredSlide& slide = slides_[index];
    try {
      if (!open_ || index != opened_) {
        open_.emplace(slide.folder, slide.tiles);
        opened_ = index;
      }
      cell.tile = contact_sheet_tile(open_->read(slide.tiles[place.row - rows_.start(index)]));
    } catch (const Error& error) {
      cell.missing = error.what();
    }
    return cell;
  }

 private:
  const std::vector<ClusteredSlide>& slides_;
  const StoredRows& rows_;
  std::size_t opened_ = 0;
  std::optional<StoredTiles> open_;
};

}  // namespace

std::vector<std::string> write_contact_sheet(const std::filesystem::path& output,
                                             const std::vector<ClusteredSlide>& slides,
                                             const StoredRows& rows, const KMeans& clusters,
                                             std::size_t count, std::size_t threads) {
  const auto nearest = nearest_rows(rows, clusters, count, threads);
  const std::vector<Place> places = places_of(nearest);
  ContactSheet sheet;
  sheet.tiles = rows.rows();
  for (std::size_t cluster = 0; cluster < nearest.size(); ++cluster) {
    sheet.clusters.push_back(
        {clusters.sizes[cluster], std::vector<Image>(nearest[cluster].size())});
  }
  std::vector<std::string> missing;
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<Place> {
    if (next == places.size()) return std::nullopt;
    return places[next++];
  };
  const auto make_worker = [&] {
    return [reader = std::make_shared<SheetReader>(slides, rows)](const Place& place) {
      return reader->read(place);
    };
  };
  const auto sink = [&](Cell&& cell) {
    sheet.clusters[cell.place.cluster].tiles[cell.place.rank] = std::move(cell.tile);
    if (!cell.missing.empty()) missing.push_back(std::move(cell.missing));
  };
  ordered_map(threads, source, make_worker, sink);
  for (SheetCluster& cluster : sheet.clusters) {
    cluster.tiles.erase(std::remove_if(cluster.tiles.begin(), cluster.tiles.end(),
                                       [](const Image& tile) { return tile.empty(); }),
                        cluster.tiles.end());
  }
  write_file(contact_sheet_file(output, clusters.k),
             encode_jpeg(contact_sheet(sheet).view(), picture_quality));
  return missing;
}

void write_overlay(const ClusteredSlide& slide, const std::vector<std::int32_t>& labels,
                   std::size_t k) {
  const std::filesystem::path file = thumbnail_file(slide.folder);
  const std::vector<std::uint8_t> bytes = read_file(file);
  const Image thumbnail = decode_image(bytes.data(), bytes.size(), file.string());
  const std::optional<Size> size = read_slide_record(properties_file(slide.folder)).size;
  if (!size) {
    throw Error(ErrorKind::input,
                properties_file(slide.folder).string() + ": does not state the slide's size");
  }
  std::vector<Rect> tiles;
  for (const TileRow& tile : slide.tiles) tiles.push_back(tile.rect);
  const Image overlay = cluster_overlay(thumbnail, *size, tiles, labels, k);
  write_file(cluster_overlay_file(slide.folder, k), encode_jpeg(overlay.view(), picture_quality));
}

}  // namespace histo
