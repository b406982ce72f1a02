#pragma once
/// A model's card in words.

#include <string>

#include "histo/encoder.hpp"
#include "histo/model_card.hpp"

namespace histo::app {

/// "224 x 224".
std::string input_text(const ModelCard& card);

/// "256 x 256 at 0.5 um/px", or "any" where the card says nothing of them.
std::string tile_text(const ModelCard& card);

/// Lines of a key and what it means, for a reader.
std::string card_text(const ModelCard& card);

/// The last of these lines: what the self-test found.
std::string self_test_text(const ModelCard& card, const LoadedEncoder& loaded);

}  // namespace histo::app
