#pragma once
/// Regions that somebody drew on a slide. Plain data, in level-0 pixels; the point (x, y) lies at
/// the top left corner of the pixel x, y.

#include <string>
#include <vector>

namespace histo {

struct Point {
  double x = 0.0;
  double y = 0.0;
};

/// A closed line of at least three points; the first is not repeated at the end, or is, which is
/// the same.
using Ring = std::vector<Point>;

/// What lies inside `outline` and in none of the holes, each by the even-odd rule.
struct Polygon {
  Ring outline;
  std::vector<Ring> holes;
};

/// One annotation: all of its polygons together.
struct RegionOfInterest {
  std::string label;  ///< its class; empty where it has none
  std::vector<Polygon> polygons;
};

}  // namespace histo
