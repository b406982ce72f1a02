#pragma once

#include <string>
#include <vector>

#include "histo/encoder.hpp"

namespace histo {

/// Encodes the card's test image alone and as the second of three, the three in one call of the
/// model and as extraction asks for them, and compares its feature with the card's values: |found -
/// wanted| <= tolerance * max(1, |wanted|). The encoder gives card.whole_dim() values an image.
/// Returns the largest |found - wanted| / max(1, |wanted|). Throws Error(model) for a difference, a
/// value that is not finite, a dim that is not the card's and a model that takes one image and not
/// three.
double run_self_test(Encoder& encoder, const ModelCard& card);

/// The test image's feature, alone and as the second of three.
struct TestFeatures {
  std::vector<float> alone;
  std::vector<float> of_three;
};

/// As extraction asks for them; of card.dim values.
TestFeatures test_features(Encoder& encoder, const ModelCard& card);

/// Throws Error(model) where the cosine of a feature to the one in float32 is below
/// lower_precision_cosine, or a value is not finite.
void check_precision(const TestFeatures& full, const TestFeatures& lower, const ModelCard& card,
                     const std::string& precision);

}  // namespace histo
