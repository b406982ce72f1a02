#include "jobs/prepare.hpp"

#include <algorithm>
#include <utility>

#include "histo/error.hpp"
#include "histo/metrics.hpp"

#include "core/text.hpp"
#include "jobs/overview.hpp"
#include "jobs/side_inputs.hpp"
#include "store/geojson.hpp"

namespace histo {

namespace {

constexpr std::int64_t thumbnail_dimension = 4096;  // HistoPrep's

// As many pixels as the search for tissue holds at HistoPrep's own limit, a byte each, and as a
// thumbnail has, three bytes each. Slides without small levels are shrunk to that.
constexpr std::int64_t tissue_pixels = std::int64_t{8192} * 8192;
constexpr std::int64_t thumbnail_pixels = std::int64_t{4096} * 4096;

int resolve_level(const Slide& slide, int level) {
  const int resolved = level < 0 ? slide.level_count() + level : level;
  slide.level_size(resolved);  // throws for a level that is not there
  return resolved;
}

KnownScale known_scale(const TileJobOptions& options, const Slide& slide) {
  const SlideProperties& stated = slide.properties();
  if (const std::optional<double> given = given_mpp(options, slide.path())) {
    return {given, given, options.resolution.slide_mpp ? "option" : "csv"};
  }
  return {stated.mpp_x, stated.mpp_y, stated.mpp_x ? "slide" : ""};
}

/// The one rule that tiles are chosen by.
bool is_kept(const Tissue& tissue, double background, double max_background) {
  return tissue.reason.empty() && background <= max_background;
}

/// A tile of the asked resolution, or of a level.
struct TileGeometry {
  TileReading reading;
  Size tile;  ///< level-0 pixels
  std::optional<double> effective_mpp;
  std::optional<double> effective_mpp_y;
  bool resampled = false;
};

TileGeometry geometry_of(const TileJobOptions& options, const Slide& slide,
                         const KnownScale& scale) {
  const Size asked{options.tiling.width, options.tiling.height.value_or(options.tiling.width)};
  TileGeometry geometry;
  if (!options.resolution.mpp) {
    geometry.reading.level = resolve_level(slide, options.tiling.level);
    geometry.tile = asked;
    const Downsample pitch = slide.level_pitch(geometry.reading.level);
    if (scale.mpp_x) geometry.effective_mpp = *scale.mpp_x * pitch.x;
    if (scale.mpp_y) geometry.effective_mpp_y = *scale.mpp_y * pitch.y;
    return geometry;
  }
  SlideScale stated{scale.mpp_x, scale.mpp_y, {}};
  for (int level = 0; level < slide.level_count(); ++level) {
    stated.levels.push_back(slide.level_pitch(level));
  }
  ResolutionOptions wanted = options.resolution;
  wanted.slide_mpp.reset();  // `scale` has it already
  const Resolution resolution = resolve_resolution(stated, asked, wanted);
  geometry.reading.level = resolution.level.value_or(slide.level_for(resolution.scale));
  geometry.reading.scale = resolution.scale;
  geometry.reading.pixels = asked;
  geometry.tile = resolution.tile;
  geometry.effective_mpp = resolution.mpp_x;
  geometry.effective_mpp_y = resolution.mpp_y;
  geometry.resampled = !resolution.level;
  return geometry;
}

std::vector<Rect> grid_of(const TileJobOptions& options, const Slide& slide,
                          const TileReading& reading) {
  if (reading.scale) return tile_grid(slide.content(), options.tiling, *reading.scale);
  return tile_grid(slide.content(), options.tiling);
}

Overview tissue_overview(const TileJobOptions& options, const Slide& slide) {
  if (options.tissue.level) return {slide, resolve_level(slide, *options.tissue.level)};
  return Overview::within(slide, options.tissue.max_dimension, tissue_pixels);
}

Tissue search_tissue(const TileJobOptions& options, const Slide& slide, const Overview& overview) {
  TissueFinder finder(overview.size(), slide.size(), options.tissue);
  overview.for_each_band(options.threads,
                         [&](const Image& band, std::int64_t) { finder.add(band); });
  return finder.finish();
}

Tissue given_tissue(const TileJobOptions& options, const Slide& slide) {
  const std::filesystem::path file = mask_file_of(*options.tissue_masks, slide.path());
  const Slide picture(file, SlideBackend::image);
  try {
    return tissue_from_mask(picture.read_level(0), slide.size(), options.tissue);
  } catch (const Error& error) {
    throw Error(error.kind(), file.string() + ": " + error.what());
  }
}

std::vector<RegionOfInterest> regions_of(const TileJobOptions& options, const TileJobInputs& inputs,
                                         const std::filesystem::path& slide) {
  if (inputs.regions) return *inputs.regions;
  return read_geojson(regions_file_of(*options.rois.path, slide)).regions;
}

void apply_regions(const TileJobOptions& options, const TileJobInputs& inputs, Prepared& prepared) {
  std::vector<RegionOfInterest> regions = regions_of(options, inputs, prepared.slide.path());
  const std::vector<std::string>& labels = options.rois.labels;
  if (!labels.empty()) {
    regions.erase(std::remove_if(regions.begin(), regions.end(),
                                 [&](const RegionOfInterest& region) {
                                   return std::find(labels.begin(), labels.end(), region.label) ==
                                          labels.end();
                                 }),
                  regions.end());
  }
  const double covered = options.rois.outside ? keep_outside(prepared.tissue, regions)
                                              : keep_inside(prepared.tissue, regions);
  if (regions.empty()) {
    prepared.warnings.push_back(labels.empty() ? "the file of regions holds none"
                                               : "no region has a class that --roi-labels names");
  } else if (covered == 0.0) {
    prepared.warnings.push_back("no region lies on the slide");
  }
}

StainFit fit_slide(const TileJobOptions& options, const Slide& slide, const Tissue& tissue,
                   StainMethod method) {
  const Overview overview = tissue_overview(options, slide);
  ColourCounts counts;
  const Size mask = tissue.mask.size();
  overview.for_each_band(options.threads, [&](const Image& band, std::int64_t y) {
    // The mask may have another scale than the level: the nearest of its pixels counts.
    Mask part(band.width(), band.height());
    const Size whole = overview.size();
    for (std::int64_t row = 0; row < part.height(); ++row) {
      const std::uint8_t* from = tissue.mask.row((y + row) * mask.height / whole.height);
      std::uint8_t* to = part.row(row);
      for (std::int64_t x = 0; x < part.width(); ++x) to[x] = from[x * mask.width / whole.width];
    }
    clear_pen_ink(band, part);  // a pen would be taken for a stain
    counts.add(band, part);
  });
  return fit_stains(counts, method);
}

void add_stains(const TileJobOptions& options, const TileJobInputs& inputs, Prepared& prepared) {
  if (prepared.tiles.empty()) return;
  if (options.stain.normalize) {
    prepared.stains = fit_slide(options, prepared.slide, prepared.tissue, *options.stain.normalize);
    prepared.stain_target = inputs.stain_target;
    prepared.reading.stain.emplace(*prepared.stains, *prepared.stain_target);
  } else if (options.stain.separate) {
    prepared.stains = fit_slide(options, prepared.slide, prepared.tissue, StainMethod::macenko);
  }
}

void warn_of_mpp(const TileJobOptions& options, Prepared& prepared) {
  const std::optional<double>& stated = prepared.slide.properties().mpp_x;
  if (!stated || prepared.scale.source == "slide" || *stated == *prepared.scale.mpp_x) return;
  prepared.warnings.push_back(
      "the slide states " + number(*stated) + " um a pixel, and " + number(*prepared.scale.mpp_x) +
      " from the " +
      (options.resolution.slide_mpp ? "option --slide-mpp" : "table of --slides-csv") + " is used");
}

void warn_of_empty(const TileJobOptions& options, Prepared& prepared) {
  const Tissue& tissue = prepared.tissue;
  if (tissue.dark_field && tissue.reason.empty()) {
    prepared.warnings.push_back(
        "the slide is bright on black, where dark pixels are no tissue; --threshold made it go on");
  }
  if (!tissue.reason.empty()) {
    prepared.warnings.push_back("no tiles: " + tissue.reason);
  } else if (prepared.tiles.empty()) {
    prepared.warnings.push_back("no tile has enough tissue (" + percent(tissue_share(tissue)) +
                                " of the slide is tissue); look at thumbnail_kept.jpeg, or set " +
                                (options.tissue_masks ? "" : "--threshold or ") +
                                "--max-background");
  }
}

void choose_tiles(const TileJobOptions& options, const TileJobInputs& inputs, Prepared& prepared) {
  std::optional<Tissue> everywhere;
  if (options.rois.path) {
    everywhere = prepared.tissue;
    apply_regions(options, inputs, prepared);
  }
  const double most = options.tiling.max_background;
  for (const Rect& tile : grid_of(options, prepared.slide, prepared.reading)) {
    const double background = background_share(prepared.tissue, tile);
    if (is_kept(prepared.tissue, background, most)) {
      prepared.tiles.push_back(tile);
    } else if (everywhere && is_kept(*everywhere, background_share(*everywhere, tile), most)) {
      prepared.outside_regions.push_back(tile);
    } else {
      prepared.left_out.push_back({tile, 1.0 - background});
    }
  }
}

void add_spots(Prepared& prepared) {
  prepared.spot_mask = clean_spot_mask(prepared.tissue.mask, SpotOptions());
  prepared.spots = find_spots(prepared.spot_mask, prepared.slide.size());
  const SpotGrid& grid = *prepared.spots;
  if (grid.rows * grid.columns > 4 * grid.spots.size()) {
    prepared.warnings.push_back(
        count_of(grid.spots.size(), "spot") + " were laid out in " + count_of(grid.rows, "row") +
        " and " + count_of(grid.columns, "column") +
        ", so their numbers are unlikely to be right; look at thumbnail_spots.jpeg");
  }
  if (grid.shared_places) {
    prepared.warnings.push_back(
        "some spots have the same number; look at thumbnail_spots.jpeg, or set --sigma higher");
  }
}

}  // namespace

std::vector<Rect> tissue_tiles(const Tissue& tissue, const TilingOptions& options) {
  std::vector<Rect> tiles = tile_grid(tissue.slide_size, options);
  const auto is_left_out = [&](const Rect& tile) {
    return !is_kept(tissue, background_share(tissue, tile), options.max_background);
  };
  tiles.erase(std::remove_if(tiles.begin(), tiles.end(), is_left_out), tiles.end());
  return tiles;
}

TileJobInputs read_inputs(const TileJobOptions& options) {
  TileJobInputs inputs;
  if (options.rois.path && !std::filesystem::is_directory(*options.rois.path)) {
    inputs.regions = read_geojson(*options.rois.path).regions;
  }
  if (options.stain.normalize) {
    inputs.stain_target = reference_stains(*options.stain.normalize);
    if (options.stain.target) {
      const Image image = Slide(*options.stain.target, SlideBackend::image).read_level(0);
      const Tissue tissue = detect_tissue(image, image.size(), TissueOptions());
      ColourCounts counts;
      counts.add(image, tissue.mask);
      try {
        inputs.stain_target = fit_stains(counts, *options.stain.normalize);
      } catch (const Error& error) {
        throw Error(error.kind(), options.stain.target->string() + ": " + error.what());
      }
    }
  }
  return inputs;
}

TileForecast forecast_tiles(const TileJobOptions& options, const Slide& slide) {
  TileForecast forecast;
  forecast.scale = known_scale(options, slide);
  const TileGeometry geometry = geometry_of(options, slide, forecast.scale);
  if (options.tissue.level) resolve_level(slide, *options.tissue.level);
  const Downsample scale = geometry.reading.scale.value_or(Downsample{1.0, 1.0});
  forecast.cells = tile_count(slide.content(), options.tiling, scale);
  if (geometry.reading.scale) {
    forecast.tile = geometry.reading.pixels;
  } else {
    const Downsample downsample = slide.level_downsample(geometry.reading.level);
    const auto pixels = [](std::int64_t length, double by) {
      return std::max<std::int64_t>(1, round_half_even(static_cast<double>(length) / by));
    };
    forecast.tile = {pixels(geometry.tile.width, downsample.x),
                     pixels(geometry.tile.height, downsample.y)};
  }
  forecast.thumbnail = slide.level_size(slide.level_within(thumbnail_dimension));
  return forecast;
}

Prepared prepare_slide(const TileJobOptions& options, const TileJobInputs& inputs,
                       const std::filesystem::path& path,
                       const std::shared_ptr<const StagedCopy>& copy) {
  Slide slide(path, copy ? copy->slide() : path, options.backend);
  slide.expect_overlap(options.tiling.overlap > 0.0);
  const KnownScale scale = known_scale(options, slide);
  TileGeometry geometry = geometry_of(options, slide, scale);
  const Overview overview = tissue_overview(options, slide);
  const int tissue_level = overview.level();
  Tissue tissue =
      options.tissue_masks ? given_tissue(options, slide) : search_tissue(options, slide, overview);
  Prepared prepared(std::move(slide), copy);
  prepared.scale = scale;
  prepared.reading = std::move(geometry.reading);
  prepared.tile_size = geometry.tile;
  prepared.effective_mpp = geometry.effective_mpp;
  prepared.effective_mpp_y = geometry.effective_mpp_y;
  prepared.resampled = geometry.resampled;
  prepared.tissue = std::move(tissue);
  if (!options.tissue_masks) prepared.tissue_level = tissue_level;
  warn_of_mpp(options, prepared);
  choose_tiles(options, inputs, prepared);
  if (options.tma) add_spots(prepared);
  add_stains(options, inputs, prepared);
  warn_of_empty(options, prepared);
  prepared.thumbnail =
      Overview::within(prepared.slide, thumbnail_dimension, thumbnail_pixels).whole();
  return prepared;
}

}  // namespace histo
