#pragma once
/// The shape that tiles make together.

#include <vector>

#include "histo/geometry.hpp"
#include "histo/regions.hpp"

namespace histo {

/// The union of rectangles, which may overlap and may lie far apart, as polygons with holes, each
/// of whose corners is a corner of a rectangle or where two of their sides cross: whole numbers,
/// exact up to 2^53. Rectangles that share a side, or a part of one, make one polygon; those that
/// meet only in a point do not.
///
/// Valid by OGC's Simple Features and RFC 7946: no ring touches or crosses itself, rings meet each
/// other in single points only, and the inside of a polygon is in one piece. No three corners in
/// succession lie on one line, and the first is not repeated at the end. The shoelace formula
/// gives outlines a positive area and holes a negative one. Rings begin at their topmost corner,
/// of several the leftmost, and polygons and holes are sorted by it, so that the order of `tiles`
/// does not matter.
///
/// A sweep from top to bottom; the time grows with the number of different edges (x and y) that
/// cross a tile, added up over all tiles, which for tiles of about one size is little. Throws
/// Error(internal) for a rectangle without pixels. Pure, may run on many threads.
std::vector<Polygon> outline_of(const std::vector<Rect>& tiles);

}  // namespace histo
