#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/image.hpp"

#include "picture/canvas.hpp"

namespace histo::picture {

/// The height of letters that are read easily beside a picture of this size, in pixels.
double letters_beside(Size picture);

/// How thick a line has to be to be seen when a picture of this size is shrunk to a screen's.
std::int64_t line_in(Size picture);

/// One line of a panel.
struct PanelEntry {
  enum class Sign {
    none,
    title,      ///< larger letters
    small,      ///< grey letters
    swatch,     ///< `colour` framed by `border`
    scale_bar,  ///< as long as `bar`
  };

  Sign sign = Sign::none;
  std::string text;
  Colour colour = white;
  Colour border = black;
  std::int64_t bar = 0;  ///< pixels
};

/// The picture at the top left, a thin line, and the entries: below each other at the right, or in
/// as many columns as fit below if the picture is at least as wide as high. Long texts are broken
/// between words; the lines of one stay together.
Image with_panel(const ImageView& picture, const std::vector<PanelEntry>& entries);

}  // namespace histo::picture
