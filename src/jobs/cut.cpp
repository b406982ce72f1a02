#include "jobs/cut.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "histo/error.hpp"
#include "histo/metrics.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "core/ordered_map.hpp"
#include "jobs/tile_pictures.hpp"
#include "jobs/tile_record.hpp"
#include "store/attempt.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"
#include "store/spot_table.hpp"
#include "store/tile_tar.hpp"

namespace histo {

namespace {

/// A file for the tar.
struct Member {
  std::string name;
  std::vector<std::uint8_t> bytes;
};

/// One tile on its way from the worker to the table.
struct CutTile {
  TileRow row;
  std::vector<Member> members;  ///< where the tiles go into a tar
};

/// Where a slide's files are written, and how long.
struct Workshop {
  const Claim& claim;
  const std::filesystem::path& folder;  ///< of this attempt
  Observer& observer;
  const std::atomic<bool>& stop;

  bool is_closed() const { return stop.load() || claim.is_lost(); }
};

/// Cuts the tiles of one slide: what the workers share.
class Cutter {
 public:
  Cutter(const TileJobOptions& options, const Prepared& prepared, const Workshop& workshop)
      : options_(options),
        prepared_(prepared),
        workshop_(workshop),
        needs_pixels_(options.saving.save != SaveTiles::none || options.saving.metrics) {
    if (options.stain.separate && prepared.stains) {
      haematoxylin_.emplace(*prepared.stains, StainAmounts{1.0, 0.0});
      eosin_.emplace(*prepared.stains, StainAmounts{0.0, 1.0});
    }
  }

  bool needs_pixels() const { return needs_pixels_; }

  std::vector<std::string> columns() const {
    std::vector<std::string> columns;
    if (options_.saving.masks) columns.emplace_back("mask_path");
    if (options_.saving.metrics) {
      const std::vector<std::string> metrics = metric_columns();
      columns.insert(columns.end(), metrics.begin(), metrics.end());
    }
    if (prepared_.spots) columns.emplace_back("spot");
    return columns;
  }

  CutTile cut(const Rect& rect) const {
    CutTile tile{{rect, {}, {}}, {}};
    if (needs_pixels_) cut_pixels(rect, tile);
    if (prepared_.spots) tile.row.more.push_back(spot_of(rect));
    return tile;
  }

 private:
  void cut_pixels(const Rect& rect, CutTile& tile) const {
    const Image raw = read_raw_tile(prepared_.slide, prepared_.reading, rect);
    const Image changed = prepared_.reading.stain ? prepared_.reading.stain->apply(raw) : Image();
    const Image& image = prepared_.reading.stain ? changed : raw;
    const ImageCoding& coding = options_.saving.image;
    tile.row.path = save(
        TileMember::image, rect, coding.format, [&] { return encode(image.view(), coding); }, tile);
    if (haematoxylin_) {
      save(
          TileMember::haematoxylin, rect, coding.format,
          [&] { return encode(haematoxylin_->apply(raw).view(), coding); }, tile);
      save(
          TileMember::eosin, rect, coding.format,
          [&] { return encode(eosin_->apply(raw).view(), coding); }, tile);
    }
    if (!options_.saving.masks && !options_.saving.metrics) return;
    // The mask is of the tissue as it was scanned, and so is the ink, which normalised is a stain;
    // the other metrics, like HistoPrep's, are of the image that is saved.
    const Mask mask = tile_mask(raw, rect, prepared_.tissue);
    if (options_.saving.masks) {
      tile.row.more.push_back(save(
          TileMember::mask, rect, ImageFormat::png, [&] { return encode_png(mask.view()); }, tile));
    }
    if (options_.saving.metrics) {
      TileMetrics metrics = tile_metrics(image, mask);
      if (prepared_.reading.stain) metrics.pen_ink = pen_ink(raw);  // normalised, ink is a stain
      const std::vector<std::string> cells = metric_cells(metrics);
      tile.row.more.insert(tile.row.more.end(), cells.begin(), cells.end());
    }
  }

  /// Returns the path for the table.
  template <class Encode>
  std::string save(TileMember part, const Rect& rect, ImageFormat format, const Encode& encode_part,
                   CutTile& tile) const {
    std::string path;
    switch (options_.saving.save) {
      case SaveTiles::none:
        return path;
      case SaveTiles::tar:
        tile.members.push_back({tile_member_name(rect, part, format), encode_part()});
        path = tile_member_path(tile.members.back().name);
        break;
      case SaveTiles::files:
        path = tile_path(rect, part, format);
        write_file(workshop_.folder / path, encode_part());
        break;
    }
    if (!options_.saving.absolute_paths) return path;
    return std::filesystem::absolute(workshop_.claim.folder() / path).lexically_normal().string();
  }

  /// The spot that the tile's centre lies in.
  std::string spot_of(const Rect& tile) const {
    const Rect centre{tile.x + tile.width / 2, tile.y + tile.height / 2, 1, 1};
    for (const Spot& spot : prepared_.spots->spots) {
      if (intersect(centre, spot.rect) == centre) return spot.name;
    }
    return {};
  }

  const TileJobOptions& options_;
  const Prepared& prepared_;
  const Workshop& workshop_;
  bool needs_pixels_;
  std::optional<StainTransform> haematoxylin_;
  std::optional<StainTransform> eosin_;
};

void make_part_folders(const TileJobOptions& options, const std::filesystem::path& folder) {
  if (options.saving.save != SaveTiles::files) return;
  make_folders(tiles_folder(folder));
  if (options.saving.masks) make_folders(masks_folder(folder));
  if (options.stain.separate) {
    make_folders(haematoxylin_folder(folder));
    make_folders(eosin_folder(folder));
  }
}

/// False if it was stopped.
bool cut_tiles(const TileJobOptions& options, const Prepared& prepared, const Workshop& workshop,
               const std::string& label, TileTable& table) {
  const Cutter cutter(options, prepared, workshop);
  table.columns = cutter.columns();
  table.rows.reserve(prepared.tiles.size());
  std::optional<TileTarWriter> tar;
  if (options.saving.save == SaveTiles::tar) tar.emplace(tile_tar_file(workshop.folder));
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<Rect> {
    if (next == prepared.tiles.size() || workshop.is_closed()) return std::nullopt;
    return prepared.tiles[next++];
  };
  const auto make_worker = [&] { return [&](Rect rect) { return cutter.cut(rect); }; };
  const auto sink = [&](CutTile&& tile) {
    for (const Member& member : tile.members) tar->append(member.name, member.bytes);
    table.rows.push_back(std::move(tile.row));
    workshop.observer.progress(table.rows.size(), prepared.tiles.size(), label);
  };
  ordered_map(cutter.needs_pixels() ? options.threads : 1, source, make_worker, sink);
  if (table.rows.size() < prepared.tiles.size()) return false;
  if (tar) tar->commit();
  return true;
}

/// False if it was stopped.
bool cut_spots(const TileJobOptions& options, const Prepared& prepared, const Workshop& workshop) {
  const std::vector<Spot>& spots = prepared.spots->spots;
  make_folders(spots_folder(workshop.folder));
  std::vector<SpotRow> rows;
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::size_t> {
    if (next == spots.size() || workshop.is_closed()) return std::nullopt;
    return next++;
  };
  const auto make_worker = [&] {
    return [&](std::size_t index) {
      const Spot& spot = spots[index];
      const std::string path = spot_path(spot.name, spot.rect, options.saving.image.format);
      write_file(workshop.folder / path,
                 encode(read_slide_region(prepared.slide, prepared.reading, spot.rect).view(),
                        options.saving.image));
      return SpotRow{spot.name, spot.number, spot.row + 1, spot.column + 1, spot.rect, path};
    };
  };
  const auto sink = [&](SpotRow&& row) {
    rows.push_back(std::move(row));
    workshop.observer.progress(rows.size(), spots.size(), "spots");
  };
  ordered_map(options.threads, source, make_worker, sink);
  if (rows.size() < spots.size()) return false;
  write_spot_table(spot_table_file(workshop.folder), rows);
  return true;
}

/// False if it was stopped, or the claim is lost.
bool cut_all(const TileJobOptions& options, Prepared& prepared, const Workshop& workshop,
             const std::string& label) {
  const std::filesystem::path& folder = workshop.folder;
  make_part_folders(options, folder);
  write_tile_pictures(options, prepared, folder);
  prepared.thumbnail = Image();
  prepared.spot_mask = Mask();
  if (prepared.spots && !cut_spots(options, prepared, workshop)) return false;
  TileTable table;
  if (!cut_tiles(options, prepared, workshop, label, table)) return false;
  write_slide_record(properties_file(folder), describe_slide(options, prepared));
  write_tile_table(tile_table_file(folder), table);
  return true;
}

}  // namespace

CutEnd cut_slide(const TileJobOptions& options, Prepared& prepared, Claim& claim,
                 const std::string& label, Observer& observer, const std::atomic<bool>& stop) {
  if (claim.is_lost()) return CutEnd::taken_over;
  try {
    Attempt attempt(claim.folder());
    if (!cut_all(options, prepared, {claim, attempt.path(), observer, stop}, label)) {
      return claim.is_lost() ? CutEnd::taken_over : CutEnd::stopped;
    }
    if (!claim.seal()) return CutEnd::taken_over;
    attempt.commit();
    return CutEnd::done;
  } catch (const Error&) {
    // Whoever takes a slide over deletes what we have of it, which looks like a broken disk.
    if (claim.check()) throw;
    return CutEnd::taken_over;
  }
}

}  // namespace histo
