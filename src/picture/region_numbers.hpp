#pragma once

#include <cstdint>
#include <vector>

#include "histo/geometry.hpp"

namespace histo::picture {

/// Where a number can stand in a region.
struct NumberPlace {
  std::int32_t label = 0;
  std::int64_t x = 0;  ///< its middle
  std::int64_t y = 0;
  Size room;  ///< a box around it that lies in the region
};

/// For each region of neighbouring pixels with one label the place where there is most room for its
/// number, in the order of the regions' first pixels. `labels` are those of an image of this size
/// row by row; pixels below 0 belong to no region. Regions that hold one of the pixels `numbered`
/// are left out. A number of two digits is taken for 1.6 times as wide as high, and so on.
std::vector<NumberPlace> number_places(Size size, const std::vector<std::int32_t>& labels,
                                       const std::vector<std::size_t>& numbered);

}  // namespace histo::picture
