#pragma once
/// Images to another size, as Pillow makes them. All functions are pure and may run on many
/// threads.

#include "histo/geometry.hpp"
#include "histo/image.hpp"

namespace histo {

enum class Interpolation { box, bilinear, bicubic };

/// Pillow's `Image.resize(size, resample)` on RGB, to the byte: horizontal pass first, then
/// vertical; output pixel i takes sum_j w((j + 0.5 - (i + 0.5) s) / max(s, 1)) p_j over the
/// normalised weights of the filter, s = in / out, weights in 22-bit fixed point. Throws
/// Error(internal) if either size has no pixels.
Image resize_image(const ImageView& image, Size size, Interpolation interpolation);

/// The same of a part of the image: Pillow's `Image.resize(size, resample, box)`. `area` is in
/// pixels of the image and need not begin or end at a whole one; the filter sees what lies around
/// it. Throws Error(internal) also where the area is empty or leaves the image.
Image resize_image(const ImageView& image, const Area& area, Size size,
                   Interpolation interpolation);

}  // namespace histo
