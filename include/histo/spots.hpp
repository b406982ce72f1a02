#pragma once
/// Where the spots of a tissue microarray are, and their numbers.
///
/// Source: HistoPrep 2.0.5's `clean_tissue_mask` and `get_spot_coordinates`, whose order, names and
/// rectangles these are (but for the two axes' scales, which HistoPrep confuses).
///
/// A spot is an outer contour of the cleaned mask. The array's rotation is the commonest whole
/// degree by which the lines between any two centroids deviate from the nearest multiple of 45
/// degrees; the centroids are turned back by it. Their x and their y are then each clustered by
/// Ward's criterion into n = 2, 3, ... groups, and the n of the greatest mean silhouette, the
/// smallest of equals, is the number of columns, and of rows. One or two spots are one row and one
/// column. Numbers run from 1 at the top left along the rows, and places without a spot count.
///
/// Ward, J. "Hierarchical grouping to optimize an objective function", JASA 58 (1963) 236-244.
/// Rousseeuw, P. "Silhouettes: a graphical aid", J. Comp. Appl. Math. 20 (1987) 53-65.
///
/// All functions are pure and may run on many threads.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/image.hpp"

namespace histo {

/// Which pieces of tissue may be spots, by the area within a contour, in pixels of the mask.
struct SpotOptions {
  /// At least 0.
  double min_area = 10.0;

  /// At least `min_area`; unset: any.
  std::optional<double> max_area;

  /// Share of the median area, at least 0. The median is taken of the pieces, and of the holes in
  /// them, that the two options above leave.
  double min_relative_area = 0.2;

  /// Share of the median area, at least `min_relative_area`; unset: any.
  std::optional<double> max_relative_area = 2.0;
};

/// Throws Error(usage) naming the option and the value.
void validate(const SpotOptions& options);

struct Spot {
  std::string name;        ///< "spot_7"; "spot_7-1", "spot_7-2" where several share a place
  Rect rect;               ///< level-0 pixels
  std::size_t number = 0;  ///< from 1
  std::size_t row = 0;     ///< from 0 at the top
  std::size_t column = 0;  ///< from 0 at the left
};

struct SpotGrid {
  std::vector<Spot> spots;  ///< in HistoPrep's order: by the contours, mostly from below upwards
  std::size_t rows = 0;
  std::size_t columns = 0;
  double rotation = 0.0;       ///< whole degrees by which the array was turned back
  bool shared_places = false;  ///< some places hold several spots, so that numbers may be wrong
};

/// The mask without what is too small or too large to be a spot, and with the holes of the rest
/// filled: 1 tissue, 0 background. Any value but 0 in `tissue` is tissue. Throws Error(usage) for
/// options out of range.
Mask clean_spot_mask(const MaskView& tissue, const SpotOptions& options);

/// The spots of a cleaned mask, which covers the whole slide at any scale. Corners and sides are
/// rounded half to even on their own. No tissue gives no spots, rows or columns. Throws
/// Error(input) for more than 2000 pieces of tissue, Error(internal) for a mask or slide without
/// pixels.
SpotGrid find_spots(const MaskView& cleaned, Size slide_size);

/// The numbers of the places that hold no spot, ascending.
std::vector<std::size_t> missing_numbers(const SpotGrid& grid);

}  // namespace histo
