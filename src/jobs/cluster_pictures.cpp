#include "jobs/cluster_pictures.hpp"

#include <optional>
#include <utility>

#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/picture.hpp"

#include "core/files.hpp"
#include "core/ordered_map.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"
#include "store/tile_files.hpp"

namespace histo {

namespace {

constexpr int picture_quality = 85;

/// A tile for the sheet, or the name of the file that could not be read.
struct Cell {
  std::size_t cluster = 0;
  Image tile;
  std::string missing;
};

}  // namespace

std::vector<std::string> write_contact_sheet(const std::filesystem::path& output,
                                             const std::vector<ClusteredSlide>& slides,
                                             const StoredRows& rows, const KMeans& clusters,
                                             std::size_t count, std::size_t threads) {
  const auto nearest = nearest_rows(rows, clusters, count, threads);
  std::vector<std::pair<std::size_t, std::size_t>> wanted;  // cluster, row
  for (std::size_t cluster = 0; cluster < nearest.size(); ++cluster) {
    for (const std::size_t row : nearest[cluster]) wanted.emplace_back(cluster, row);
  }

  ContactSheet sheet;
  sheet.tiles = rows.rows();
  for (const std::size_t size : clusters.sizes) sheet.clusters.push_back({size, {}});
  std::vector<std::string> missing;
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::pair<std::size_t, std::size_t>> {
    if (next == wanted.size()) return std::nullopt;
    return wanted[next++];
  };
  const auto make_worker = [&] {
    return [&](std::pair<std::size_t, std::size_t> item) {
      const std::size_t slide = rows.slide_of(item.second);
      const TileRow& tile = slides[slide].tiles[item.second - rows.start(slide)];
      Cell cell{item.first, {}, {}};
      try {
        cell.tile = contact_sheet_tile(read_tile(slides[slide].folder, tile.path));
      } catch (const Error& error) {
        cell.missing = error.what();
      }
      return cell;
    };
  };
  const auto sink = [&](Cell&& cell) {
    if (cell.missing.empty()) {
      sheet.clusters[cell.cluster].tiles.push_back(std::move(cell.tile));
    } else {
      missing.push_back(std::move(cell.missing));
    }
  };
  ordered_map(threads, source, make_worker, sink);
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
