#pragma once
/// Drawing on our own pixels. Whatever lies outside the image is cut off.

#include <cstddef>
#include <cstdint>
#include <string>

#include "histo/picture.hpp"

namespace histo::picture {

constexpr Colour black{0, 0, 0};
constexpr Colour white{255, 255, 255};
constexpr Colour dark_grey{64, 64, 64};

/// `share` of `over`, the rest of `under`.
Colour mix(Colour under, Colour over, double share);

Colour pixel_at(const Image& image, std::int64_t x, std::int64_t y);

void set_pixel(Image& image, std::int64_t x, std::int64_t y, Colour colour);

/// All pixels of `area`.
void fill(Image& image, const Rect& area, Colour colour);

/// The pixels of `area` that are at most `line` from its edge.
void frame(Image& image, const Rect& area, std::int64_t line, Colour colour);

/// Copies `source` with its top left at (x, y).
void paste(Image& image, const ImageView& source, std::int64_t x, std::int64_t y);

struct Lettering {
  double height = 12.0;  ///< of a capital or a digit, in pixels
  Colour colour = black;
};

/// Pixels from the first to the last letter.
std::int64_t text_width(const std::string& text, const Lettering& lettering);

/// The lower left corner of the first letter lies at (x, baseline). ASCII only.
void write_text(Image& image, const std::string& text, std::int64_t x, std::int64_t baseline,
                const Lettering& lettering);

/// The same with a light rim, which keeps it readable over dark tissue.
void write_with_halo(Image& image, const std::string& text, std::int64_t x, std::int64_t baseline,
                     const Lettering& lettering);

/// Black or white, whichever is read more easily on `colour`.
Colour ink_on(Colour colour);

/// "1,204".
std::string grouped(std::size_t number);

/// "12.0 %"; "< 0.1 %" for what would be read as nothing.
std::string percentage(std::size_t part, std::size_t whole);

/// "1 tile", "1,204 tiles".
std::string grouped_count(std::size_t count, const std::string& noun);

}  // namespace histo::picture
