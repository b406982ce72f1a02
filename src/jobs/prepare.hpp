#pragma once
/// A slide before it is cut: opened, searched for tissue, its tiles chosen.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/image.hpp"
#include "histo/picture.hpp"
#include "histo/slide.hpp"
#include "histo/spots.hpp"
#include "histo/stain.hpp"
#include "histo/tile_job.hpp"
#include "histo/tissue.hpp"

#include "jobs/staging_area.hpp"
#include "jobs/tile_pixels.hpp"

namespace histo {

/// What all slides of a run share and is read once.
struct TileJobInputs {
  /// The regions of a file that holds for all slides.
  std::optional<std::vector<RegionOfInterest>> regions;

  /// What the stains are normalised to.
  std::optional<StainFit> stain_target;
};

/// Throws Error(input) for a file of regions or a stain target that cannot be used.
TileJobInputs read_inputs(const TileJobOptions& options);

/// The micrometres a pixel of a slide, and who says so.
struct KnownScale {
  std::optional<double> mpp_x;  ///< micrometres a level-0 pixel
  std::optional<double> mpp_y;
  std::string source;  ///< "slide", "option", "csv" or empty
};

/// What the headers of a slide say about its tiles.
struct TileForecast {
  std::size_t cells = 0;  ///< of the grid: each of them may become a tile
  Size tile;              ///< of a tile's image, in its own pixels
  Size thumbnail;         ///< in pixels
  KnownScale scale;
};

/// Only asks for what headers tell. Throws Error(input) as `prepare_slide` does, as far as they
/// tell.
TileForecast forecast_tiles(const TileJobOptions& options, const Slide& slide);

/// A slide that is ready to be cut.
struct Prepared {
  Prepared(Slide&& opened, std::shared_ptr<const StagedCopy> staged)
      : copy(std::move(staged)), slide(std::move(opened)) {}

  std::shared_ptr<const StagedCopy> copy;  ///< what is read, where the slide has been staged
  Slide slide;
  KnownScale scale;
  TileReading reading;
  Size tile_size;                         ///< level-0 pixels
  std::optional<double> effective_mpp;    ///< micrometres a pixel of the tiles, along x
  std::optional<double> effective_mpp_y;  ///< along y
  std::optional<int> tissue_level;        ///< unset: the mask was given
  Tissue tissue;
  std::vector<Rect> tiles;
  std::vector<TissueTile> left_out;   ///< have too little tissue
  std::vector<Rect> outside_regions;  ///< have enough, but not where the regions allow it
  std::optional<SpotGrid> spots;
  Image thumbnail;
  Mask spot_mask;                        ///< the tissue that the spots were found in
  std::optional<StainFit> stains;        ///< of the slide
  std::optional<StainFit> stain_target;  ///< what they become
  bool resampled = false;                ///< the tiles are no level's own pixels
  std::vector<std::string> warnings;     ///< sentences without the slide's name
};

/// `copy` is read in place of the slide, if there is one. Throws Error(input) for whatever keeps
/// this slide from being cut.
Prepared prepare_slide(const TileJobOptions& options, const TileJobInputs& inputs,
                       const std::filesystem::path& path,
                       const std::shared_ptr<const StagedCopy>& copy = nullptr);

}  // namespace histo
