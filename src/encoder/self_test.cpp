#include "encoder/self_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/error.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

// The formula stands at ModelCard::self_test_values.
std::vector<std::uint8_t> test_image(std::int64_t size) {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(3 * size * size));
  for (std::int64_t y = 0; y < size; ++y) {
    for (std::int64_t x = 0; x < size; ++x) {
      for (std::int64_t channel = 0; channel < 3; ++channel) {
        const std::int64_t value = 7 * y + 3 * x + 31 * channel + x * y / 5;
        pixels.push_back(static_cast<std::uint8_t>(value % 256));
      }
    }
  }
  return pixels;
}

// The test image between its negative and black: a model that mixes the images of a batch is found
// out.
std::vector<std::uint8_t> test_batch(const std::vector<std::uint8_t>& image) {
  std::vector<std::uint8_t> batch(3 * image.size(), 0);
  for (std::size_t i = 0; i < image.size(); ++i) {
    batch[i] = static_cast<std::uint8_t>(255 - image[i]);
    batch[image.size() + i] = image[i];
  }
  return batch;
}

void compare(const float* feature, const ModelCard& card, const std::string& subject) {
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(feature, feature + card.dim, finite)) {
    throw Error(ErrorKind::model, subject + ": a value of the feature is not finite");
  }
  for (std::size_t i = 0; i < card.self_test_values.size(); ++i) {
    const auto found = static_cast<double>(feature[i]);
    const double wanted = card.self_test_values[i];
    if (std::abs(found - wanted) <= card.self_test_tolerance * std::max(1.0, std::abs(wanted))) {
      continue;
    }
    throw Error(ErrorKind::model,
                subject + ": value " + std::to_string(i) + " of the feature is " + number(found) +
                    " and its card says " + number(wanted) + " with a tolerance of " +
                    number(card.self_test_tolerance) +
                    "; the card does not describe this file, or this LibTorch or device computes "
                    "it otherwise than the one that made the card");
  }
}

}  // namespace

void run_self_test(Encoder& encoder, const ModelCard& card) {
  const std::string subject = "model " + card.name + ": self-test";
  if (encoder.dim() != card.dim) {
    throw Error(ErrorKind::model, subject + ": features have " + std::to_string(encoder.dim()) +
                                      " values and its card says " + std::to_string(card.dim));
  }
  const std::vector<std::uint8_t> image = test_image(card.crop_size);
  std::vector<float> features(3 * card.dim);
  encoder.encode(image.data(), 1, features.data());
  compare(features.data(), card, subject + " at batch 1");

  encoder.encode(test_batch(image).data(), 3, features.data());
  compare(features.data() + card.dim, card, subject + " at batch 3");
}

}  // namespace histo
