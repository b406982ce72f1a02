#pragma once
/// One tile's pixels, from the slide.

#include <optional>
#include <string>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/image.hpp"
#include "histo/slide.hpp"
#include "histo/stain.hpp"

#include "store/records.hpp"

namespace histo {

/// How the pixels of a slide's tiles are made, whether they are saved now or read again later.
struct TileReading {
  /// The pyramid level whose pixels are taken, or, where they are resampled, the one that they are
  /// resampled from.
  int level = 0;

  /// Level-0 pixels that one pixel of the tile image covers; unset: the level's own.
  std::optional<Downsample> scale;

  /// Of the tile image, where `scale` is set.
  Size pixels;

  std::optional<StainTransform> stain;
};

std::string name_of(StainMethod method);

/// A fit as properties.json holds it: both stains' optical densities and their concentrations, or,
/// for Reinhard, means and deviations.
std::vector<double> stain_numbers(const StainFit& fit);

/// How a slide's tiles were made. Throws Error(input), without the file's name, where the record
/// says too little or what nobody understands.
TileReading reading_of(const SlideRecord& record);

/// The tile at `rect` before its stains are changed. Throws Error(input) as Slide::read does. May
/// run on many threads.
Image read_raw_tile(const Slide& slide, const TileReading& reading, const Rect& rect);

/// The tile as it is saved.
Image read_slide_tile(const Slide& slide, const TileReading& reading, const Rect& rect);

/// A region of any size, such as a spot, with the tiles' resolution and stains.
Image read_slide_region(const Slide& slide, const TileReading& reading, const Rect& rect);

}  // namespace histo
