#include "jobs/cluster_pictures.hpp"

#include <iterator>
#include <optional>
#include <utility>

#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/picture.hpp"

#include "core/files.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"

namespace histo {

namespace {

constexpr int picture_quality = 85;

}  // namespace

std::vector<std::string> write_contact_sheet(const std::filesystem::path& output,
                                             const std::vector<SlideTiles>& slides,
                                             const StoredRows& rows, const KMeans& clusters,
                                             std::size_t count, std::size_t threads) {
  const auto nearest = nearest_rows(rows, clusters, count, threads);
  std::vector<TilePlace> places;  // cluster after cluster
  for (const std::vector<std::size_t>& cluster : nearest) {
    for (const std::size_t row : cluster) {
      const std::size_t slide = rows.slide_of(row);
      places.push_back({slide, row - rows.start(slide)});
    }
  }
  SheetTiles read = read_sheet_tiles(slides, places, threads);
  ContactSheet sheet;
  sheet.tiles = rows.rows();
  auto next = std::make_move_iterator(read.tiles.begin());
  for (std::size_t cluster = 0; cluster < nearest.size(); ++cluster) {
    const auto end = next + static_cast<std::ptrdiff_t>(nearest[cluster].size());
    sheet.clusters.push_back({clusters.sizes[cluster], without_empty({next, end})});
    next = end;
  }
  write_file(contact_sheet_file(output, clusters.k),
             encode_jpeg(contact_sheet(sheet).view(), picture_quality));
  return read.missing;
}

void write_overlay(const SlideTiles& slide, const std::vector<std::int32_t>& labels,
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
