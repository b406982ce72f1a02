#pragma once
/// At what resolution: micrometres to level-0 pixels. No pixels are looked at here.

#include <optional>
#include <vector>

#include "histo/geometry.hpp"

namespace histo {

struct ResolutionOptions {
  /// Micrometres a pixel of the tile image. With it the tiles' width and height are pixels of the
  /// image. Unset: the tiles come from a level.
  std::optional<double> mpp;

  /// A level whose pixels differ from `mpp` by at most this share of it is taken as it is, in
  /// [0, 0.5).
  double mpp_tolerance = 0.004;

  /// Micrometres a level-0 pixel, along both axes. It goes before what the slide states.
  std::optional<double> slide_mpp;

  /// Enlarge the pixels of slides that are coarser than `mpp`.
  bool upsample = false;
};

/// Throws Error(usage) naming the option and the value.
void validate(const ResolutionOptions& options);

/// What a slide says about its resolution.
struct SlideScale {
  std::optional<double> mpp_x;  ///< micrometres a level-0 pixel
  std::optional<double> mpp_y;
  std::vector<Downsample> levels;  ///< each level's pitch in level-0 pixels, from level 0 on
};

/// How the tiles of a slide are to be read.
struct Resolution {
  /// The level whose own pixels the tiles are; unset: they are resampled.
  std::optional<int> level;

  /// Level-0 pixels that one pixel of the tile image covers.
  Downsample scale;

  /// Of the tile image, micrometres a pixel: the level's own, or exactly what was asked for.
  double mpp_x = 0.0;
  double mpp_y = 0.0;

  /// A tile in level-0 pixels: exactly, and to the nearest whole pixels, at least one each.
  double tile_width = 0.0;
  double tile_height = 0.0;
  Size tile;
};

/// The resolution for tiles of `tile_image` pixels, both at least 1, where `options.mpp` is set.
///
/// A level is taken as it is where its micrometres a pixel, pitch * mpp of level 0, differ from
/// `options.mpp` by at most the tolerance's share of it along both axes; of several, the nearest.
/// Nothing is guessed from the objective's power. Throws Error(input), without the slide's name,
/// where no micrometres are stated for both axes, and where the slide is coarser than asked for
/// beyond the tolerance and `upsample` is not set; Error(internal) where `options.mpp` is unset.
Resolution resolve_resolution(const SlideScale& slide, Size tile_image,
                              const ResolutionOptions& options);

}  // namespace histo
