#pragma once
/// Pieces and holes of a mask, by their size. Both take 4 bytes for each corner at which a piece
/// begins, and a few rows; no plane of labels.

#include "histo/image.hpp"
#include "histo/tissue.hpp"

namespace histo {

/// Turns pieces of tissue (1) that hold together by edges and corners and have fewer than `least`
/// pixels into background (0), in place.
void remove_small_pieces(Mask& mask, double least);

/// Turns background that holds together by edges, has at most `most` pixels and does not reach the
/// border into tissue, in place.
void fill_small_holes(Mask& mask, double most);

/// Both, by the areas in `options`, which are in level-0 pixels squared.
void clean(Tissue& tissue, const TissueOptions& options);

}  // namespace histo
