#pragma once
/// Whether a slide's tiles are such as the model was trained on: the guard against features of the
/// wrong scale, which no later step could tell from right ones.

#include <string>

#include "histo/geometry.hpp"
#include "histo/model_card.hpp"

#include "store/records.hpp"

namespace histo {

/// The size of a tile's image, in its own pixels.
Size tile_image_size(const SlideRecord& record);

/// Why the tiles do not fit: a sentence with their size and resolution, the card's, and what helps.
/// Empty if they fit, or as far as either says nothing of itself. `cutter` is the program whose
/// options would cut others.
std::string misfit(const ModelCard& card, const SlideRecord& record,
                   const std::string& cutter = "histoprep");

/// The card wants a resolution, and the slide states none.
bool has_unknown_scale(const ModelCard& card, const SlideRecord& record);

}  // namespace histo
