#pragma once

#include "histo/encoder.hpp"

namespace histo {

/// Encodes the card's test image alone and as the second of three, and compares the first values of
/// its feature with the card's: |found - wanted| <= tolerance * max(1, |wanted|). Throws
/// Error(model) for a difference, a value that is not finite and a dim that is not the card's.
void run_self_test(Encoder& encoder, const ModelCard& card);

}  // namespace histo
