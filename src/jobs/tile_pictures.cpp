#include "jobs/tile_pictures.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "histo/codec.hpp"
#include "histo/picture.hpp"
#include "histo/resize.hpp"

#include "core/files.hpp"
#include "core/text.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

constexpr int thumbnail_quality = 75;  // Pillow's default

// What was kept is looked at as a whole; more pixels than a screen has only take time.
constexpr std::int64_t kept_dimension = 2048;

Image for_the_screen(const Image& thumbnail) {
  const std::int64_t longer = std::max(thumbnail.width(), thumbnail.height());
  if (longer <= kept_dimension) return thumbnail;
  const auto shorter = [longer](std::int64_t side) {
    return std::max<std::int64_t>(1, side * kept_dimension / longer);
  };
  return resize_image(thumbnail, {shorter(thumbnail.width()), shorter(thumbnail.height())},
                      Interpolation::box);
}

void write_thumbnail(const std::filesystem::path& file, const ImageView& image) {
  write_file(file, encode_jpeg(image, thumbnail_quality));
}

std::string tissue_rule(const TileJobOptions& options, const Tissue& tissue) {
  switch (tissue.method) {
    case TissueMethod::otsu:
      return "grey value up to " + std::to_string(tissue.threshold) +
             (options.tissue.threshold ? "" : ", by Otsu");
    case TissueMethod::hsv:
      return "saturation above " + std::to_string(tissue.threshold);
    case TissueMethod::picture:
      break;
  }
  return "as the given mask says";
}

std::string four_digits(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

std::string tile_note(const TileJobOptions& options, const Prepared& prepared) {
  const std::int64_t height = options.tiling.height.value_or(options.tiling.width);
  std::string note =
      "tiles of " + std::to_string(options.tiling.width) + " x " + std::to_string(height) + " px";
  if (prepared.effective_mpp) note += ", " + four_digits(*prepared.effective_mpp) + " um a pixel";
  return note;
}

KeptLegend legend_of(const TileJobOptions& options, const Prepared& prepared) {
  KeptLegend legend;
  legend.title = prepared.slide.path().filename().string();
  legend.mpp = prepared.scale.mpp_x;
  if (!prepared.tissue.reason.empty()) {
    legend.notes.push_back("No tiles: " + prepared.tissue.reason);
    return legend;
  }
  legend.too_little = "less than " + percent(1.0 - options.tiling.max_background) + " tissue";
  legend.tissue_rule = tissue_rule(options, prepared.tissue);
  legend.notes.push_back(tile_note(options, prepared));
  if (prepared.tissue.dark_field) {
    legend.notes.emplace_back("Bright on black, where dark pixels are no tissue");
  }
  return legend;
}

SortedTiles sorted_tiles(const Prepared& prepared) {
  SortedTiles tiles;
  tiles.kept = prepared.tiles;
  tiles.outside_regions = prepared.outside_regions;
  tiles.too_little_tissue = prepared.left_out;
  return tiles;
}

Image spots_picture(const Prepared& prepared) {
  const SpotGrid& grid = *prepared.spots;
  std::vector<SpotLabel> labels;
  for (const Spot& spot : grid.spots) {
    const std::string text = spot.name.substr(spot.name.find('_') + 1);
    labels.push_back({spot.rect, text, text.find('-') != std::string::npos});
  }
  std::vector<std::string> notes{count_of(grid.spots.size(), "spot") + " in " +
                                 count_of(grid.rows, "row") + " and " +
                                 count_of(grid.columns, "column")};
  std::string missing;
  for (const std::size_t number : missing_numbers(grid)) {
    missing += (missing.empty() ? "" : ", ") + std::to_string(number);
  }
  if (!missing.empty()) notes.push_back("No spot at " + missing);
  return annotate_spots(prepared.thumbnail, prepared.slide.size(), labels, notes);
}

}  // namespace

void write_tile_pictures(const TileJobOptions& options, const Prepared& prepared,
                         const std::filesystem::path& folder) {
  const Size size = prepared.slide.size();
  write_thumbnail(thumbnail_file(folder), prepared.thumbnail);
  write_file(tissue_thumbnail_file(folder),
             encode_jpeg(tissue_picture(prepared.tissue).view(), thumbnail_quality));
  write_thumbnail(tiles_thumbnail_file(folder),
                  outline_tiles(prepared.thumbnail, size, prepared.tiles));
  write_thumbnail(kept_thumbnail_file(folder),
                  kept_picture(for_the_screen(prepared.thumbnail), size, prepared.tissue.mask,
                               sorted_tiles(prepared), legend_of(options, prepared)));
  if (prepared.spots) write_thumbnail(spots_thumbnail_file(folder), spots_picture(prepared));
}

}  // namespace histo
