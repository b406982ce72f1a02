#include "jobs/plan_rates.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "core/text.hpp"
#include "jobs/shares.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

// Means of cmu-1-small-region.svs, prostate-ink.tiff and tissue-array.tiff in tiles of 512 pixels;
// docs/benchmarks.md has the commands and how far they lie apart.
constexpr double usual_share = 0.47;
constexpr double png_bytes = 1.45;   // a pixel
constexpr double jpeg_bytes = 0.19;  // of quality 80
constexpr double mask_bytes = 0.045;
constexpr double thumbnail_bytes = 0.15;
constexpr double row_bytes = 84.0;
constexpr double row_bytes_with_metrics = 377.0;

constexpr std::size_t thumbnails = 4;
constexpr std::size_t most_folders = 8;   // that are looked into
constexpr std::size_t most_files = 2000;  // of each

double pixels(Size size) { return static_cast<double>(size.width * size.height); }

/// What lies in a slide's folder, by whether it grows with the tiles.
struct FolderBytes {
  double of_tiles = 0.0;
  double of_slide = 0.0;
};

/// The bytes of a folder's files; of many, by the first ones.
double bytes_of_files(const fs::path& folder) {
  double bytes = 0.0;
  std::size_t looked_at = 0;
  std::size_t count = 0;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    ++count;
    if (looked_at == most_files) continue;
    ++looked_at;
    bytes += static_cast<double>(bytes_of_file(entry->path()));
  }
  return looked_at == 0 ? 0.0 : bytes * static_cast<double>(count) / static_cast<double>(looked_at);
}

FolderBytes look_into(const fs::path& folder) {
  FolderBytes found;
  for (const fs::path& files : {tiles_folder(folder), masks_folder(folder),
                                haematoxylin_folder(folder), eosin_folder(folder)}) {
    found.of_tiles += bytes_of_files(files);
  }
  const fs::path tar = tile_tar_file(folder);
  for (const fs::path& file : {tar, tile_tar_index_file(tar), tile_table_file(folder)}) {
    found.of_tiles += static_cast<double>(bytes_of_file(file));
  }
  for (const fs::path& file :
       {properties_file(folder), thumbnail_file(folder), tissue_thumbnail_file(folder),
        tiles_thumbnail_file(folder), kept_thumbnail_file(folder), spots_thumbnail_file(folder)}) {
    found.of_slide += static_cast<double>(bytes_of_file(file));
  }
  return found;
}

std::uintmax_t whole(double value) { return static_cast<std::uintmax_t>(std::llround(value)); }

}  // namespace

TileRates::TileRates(const TileJobOptions& options, const std::vector<ForecastRow>& rows)
    : options_(options) {
  measure(rows);
  if (slides_ == 0) share_ = usual_share;
}

void TileRates::measure(const std::vector<ForecastRow>& rows) {
  std::vector<const ForecastRow*> done;
  for (const ForecastRow& slide : rows) {
    if (slide.row.state != PlanState::done || slide.row.cells == 0) continue;
    done.push_back(&slide);
    share_ += static_cast<double>(slide.row.tiles_done) / static_cast<double>(slide.row.cells);
  }
  slides_ = done.size();
  if (done.empty()) return;
  share_ /= static_cast<double>(slides_);
  std::size_t tiles = 0;
  looked_at_ = std::min(most_folders, done.size());
  for (std::size_t i = 0; i < looked_at_; ++i) {
    const PlanRow& row = done[i * done.size() / looked_at_]->row;
    const FolderBytes found = look_into(row.folder);
    tile_bytes_ += found.of_tiles;
    slide_bytes_ += found.of_slide;
    tiles += row.tiles_done;
  }
  tile_bytes_ /= static_cast<double>(std::max<std::size_t>(tiles, 1));
  slide_bytes_ /= static_cast<double>(looked_at_);
  if (tiles == 0) looked_at_ = 0;  // slides without tiles tell nothing of their size
}

double TileRates::bytes_of_tile(Size tile) const {
  if (looked_at_ > 0) return tile_bytes_;
  const SavingOptions& saving = options_.saving;
  const double row = saving.metrics ? row_bytes_with_metrics : row_bytes;
  if (saving.save == SaveTiles::none) return row;
  const bool is_png = saving.image.format == ImageFormat::png;
  const double images = options_.stain.separate ? 3.0 : 1.0;
  const double pixel = (is_png ? png_bytes : jpeg_bytes) * images + (saving.masks ? mask_bytes : 0);
  return row + pixel * pixels(tile);
}

void TileRates::expect(ForecastRow& slide) const {
  PlanRow& row = slide.row;
  row.tiles = static_cast<std::size_t>(std::llround(share_ * static_cast<double>(row.cells)));
  const double of_slide =
      looked_at_ > 0 ? slide_bytes_
                     : static_cast<double>(thumbnails) * thumbnail_bytes * pixels(slide.thumbnail);
  row.bytes = whole(of_slide + static_cast<double>(row.tiles) * bytes_of_tile(slide.tile));

  // Its folder, metadata.csv and properties.json; how many spots there are no header says.
  row.inodes = 3 + thumbnails + (options_.tma ? 3U : 0U);
  const std::size_t kinds =
      1 + (options_.saving.masks ? 1U : 0U) + (options_.stain.separate ? 2U : 0U);
  if (options_.saving.save == SaveTiles::files) row.inodes += kinds * (row.tiles + 1);
  if (options_.saving.save == SaveTiles::tar) row.inodes += 2;
}

std::string TileRates::basis() const {
  const std::string share = percent(share_) + " of the grid";
  if (slides_ == 0) {
    return "no slide is done here yet, so tiles are taken to be " + share +
           ", and their size by the pixel, the means of three slides; yours may have a third of "
           "that or twice as much";
  }
  return "tiles are taken to be " + share + ", as of " + count_of(slides_, "slide") + " done here" +
         (looked_at_ > 0 ? ", and as large as theirs"
                         : "; their size by the pixel is the mean of three slides of others");
}

std::uintmax_t bytes_of_features(std::size_t tiles, std::size_t dim) {
  // Chunks of rows, each of them whole: float32 values, and two places of 64 bits. Beside them is
  // what the file says of itself.
  constexpr std::uintmax_t chunk = 256;
  constexpr std::uintmax_t head = 12500;
  const std::uintmax_t rows = (tiles + chunk - 1) / chunk * chunk;
  return head + rows * (4 * dim + 16);
}

}  // namespace histo
