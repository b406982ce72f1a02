#pragma once
/// Six kinds of tissue as haematoxylin and eosin show them at half a micrometre a pixel.

#include <cstdint>
#include <string>

#include "demo_slide/noise.hpp"

namespace histo::demo {

/// Dye at one place, as optical density (log10) in the channel where the dye absorbs most.
struct Stain {
  float haematoxylin = 0.0F;
  float eosin = 0.0F;
  float mucin = 0.0F;
};

enum class Texture { glands, stroma, lymphoid, fat, mucin, necrosis };

/// The label in the truth.
std::string name_of(Texture texture);

/// Pure: depends on its arguments alone.
Stain stain_of(Texture texture, const Point& p, std::uint32_t seed);

}  // namespace histo::demo
