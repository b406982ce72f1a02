#pragma once
/// Slides to tiles.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "histo/codec.hpp"
#include "histo/job.hpp"
#include "histo/observer.hpp"
#include "histo/resolution.hpp"
#include "histo/sharing.hpp"
#include "histo/slide.hpp"
#include "histo/spots.hpp"
#include "histo/staging.hpp"
#include "histo/stain.hpp"
#include "histo/tiling.hpp"
#include "histo/tissue.hpp"

namespace histo {

/// Where the tiles' images go.
enum class SaveTiles {
  files,  ///< a file each
  tar,    ///< one uncompressed tar a slide, for file systems that count files
  none,   ///< nowhere: the table says where the tiles are, and later steps read the slide
};

struct SavingOptions {
  SaveTiles save = SaveTiles::files;

  /// Of tiles and spots; thumbnails are always JPEG of quality 75, Pillow's default.
  ImageCoding image;

  /// Write HistoPrep's metrics of each tile, and ours, into the table.
  bool metrics = false;

  /// Write each tile's tissue mask as a PNG of values 0 and 1.
  bool masks = false;

  /// Write absolute paths into the table, as HistoPrep does, so that the tree cannot be moved.
  bool absolute_paths = false;
};

struct StainOptions {
  std::optional<StainMethod> normalize;

  /// An image whose stains the tiles are given; unset: HistoPrep's reference.
  std::optional<std::filesystem::path> target;

  /// Write each tile's haematoxylin and eosin beside it.
  bool separate = false;
};

/// Regions that somebody drew, from QuPath's GeoJSON.
struct RoiOptions {
  /// A file for all slides, or a folder with one "<slide's name>.geojson" for each.
  std::optional<std::filesystem::path> path;

  /// Only regions of these classes; empty: all.
  std::vector<std::string> labels;

  /// Tile outside the regions instead of inside.
  bool outside = false;
};

struct TileJobOptions {
  std::vector<std::filesystem::path> slides;
  std::filesystem::path output;

  SlideBackend backend = SlideBackend::automatic;

  /// Put the name of a slide's parent folder before its own in the output, for inputs whose names
  /// repeat.
  bool keep_parent = false;

  ResolutionOptions resolution;

  /// Micrometres a level-0 pixel by slide, for each slide that is named by its path, its file's
  /// name or that name without its extension. They go before what the slide states, and
  /// resolution.slide_mpp before them.
  std::map<std::string, double> slide_mpp;

  TissueOptions tissue;

  /// A folder with one mask for each slide, "<slide's name>.png" (or .jpeg, .jpg, .tif, .tiff), in
  /// place of looking for tissue.
  std::optional<std::filesystem::path> tissue_masks;

  RoiOptions rois;

  /// width and height are pixels of the tile image where resolution.mpp is set, else level-0
  /// pixels.
  TilingOptions tiling;

  /// Find the spots of a tissue microarray, number them and save them, too.
  bool tma = false;

  StainOptions stain;
  SavingOptions saving;
  Overwrite overwrite = Overwrite::never;

  Sharing sharing;
  Staging staging;

  /// At least 1. The files do not depend on it.
  std::size_t threads = 1;

  RunInfo info;
};

/// Throws Error(usage) naming the option and the value.
void validate(const TileJobOptions& options);

/// The slide files that patterns, folders and the lines of `list` stand for, sorted. Throws
/// Error(input) naming what matches nothing.
std::vector<std::filesystem::path> find_slides(const std::vector<std::string>& patterns,
                                               const std::optional<std::filesystem::path>& list);

/// The micrometres a pixel that a table with the columns slide and mpp gives. Throws Error(input)
/// naming the file, the line and what is wrong with it: no positive number, a slide named twice.
std::map<std::string, double> read_slide_mpp(const std::filesystem::path& csv);

/// The tiles of the slide's grid whose share of background is at most options.max_background, row
/// by row from the top left. Throws as `tile_grid` does.
std::vector<Rect> tissue_tiles(const Tissue& tissue, const TilingOptions& options);

/// Throws Error(input) if two slides would have one folder.
std::vector<PlannedSlide> plan_tile_job(const TileJobOptions& options);

RunReport run_tile_job(const TileJobOptions& options, Observer& observer,
                       const std::atomic<bool>& stop);

}  // namespace histo
