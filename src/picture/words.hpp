#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "picture/canvas.hpp"

namespace histo::picture {

/// The text in lines of at most `widest` pixels, broken between words; a longer word is cut, and
/// ends in "...". No line for an empty text.
std::vector<std::string> wrapped(const std::string& text, std::int64_t widest,
                                 const Lettering& lettering);

/// The text, cut and ended by "..." where it is wider.
std::string shortened(const std::string& text, std::int64_t widest, const Lettering& lettering);

}  // namespace histo::picture
