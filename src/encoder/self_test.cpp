#include "encoder/self_test.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/error.hpp"

#include "core/text.hpp"
#include "encoder/batch_size.hpp"

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

// The reason of an error of the model, without the name in front and the advice behind.
std::string reason_of(const Error& error, const std::string& name) {
  std::string text = error.what();
  const std::string prefix = name + ": ";
  if (text.compare(0, prefix.size(), prefix) == 0) text = text.substr(prefix.size());
  return text.substr(0, text.find("; "));
}

// Where the slides decide, any will do: export.py takes these.
std::array<Normalisation, 3> test_normalisations(const ModelCard& card) {
  std::array<Normalisation, 3> normalisations;
  normalisations.fill(
      card.normalisation.value_or(Normalisation{{0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}}));
  return normalisations;
}

double cosine(const std::vector<float>& first, const std::vector<float>& second) {
  double product = 0.0;
  double first_square = 0.0;
  double second_square = 0.0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto x = static_cast<double>(first[i]);
    const auto y = static_cast<double>(second[i]);
    product += x * y;
    first_square += x * x;
    second_square += y * y;
  }
  return product / std::sqrt(first_square * second_square);
}

class SelfTest {
 public:
  SelfTest(Encoder& encoder, const ModelCard& card)
      : encoder_(encoder),
        card_(card),
        dim_(card.whole_dim()),
        name_("model " + card.name),
        normalisations_(test_normalisations(card)) {
    if (encoder.dim() != dim_) {
      throw Error(ErrorKind::model, name_ + ": self-test: features have " +
                                        std::to_string(encoder.dim()) +
                                        " values and its card says " + std::to_string(dim_));
    }
  }

  double run() {
    const std::vector<std::uint8_t> image = test_image(card_.crop_size);
    const std::vector<std::uint8_t> batch = test_batch(image);
    std::vector<float> features(3 * dim_);
    encoder_.encode_in_one_call(image.data(), normalisations_.data(), 1, features.data());
    compare(features.data(), " at batch 1", wrong_card);

    encode_three_in_one_call(batch, features.data());
    compare(features.data() + dim_, " with three images in one call", mixed_batch);

    encoder_.encode(batch.data(), normalisations_.data(), 3, features.data());
    compare(features.data() + dim_, " at batch 3", wrong_card);
    return largest_difference_;
  }

 private:
  static constexpr const char* wrong_card =
      "; the card does not describe this file, or this LibTorch or device computes it otherwise "
      "than the one that made the card: export both again with models/export.py";
  static constexpr const char* mixed_batch =
      ", which it met for that image alone; it mixes the images of a batch: export it in "
      "evaluation mode and for any batch size, as models/export.py does";

  void encode_three_in_one_call(const std::vector<std::uint8_t>& batch, float* features) {
    try {
      encoder_.encode_in_one_call(batch.data(), normalisations_.data(), 3, features);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::model || is_out_of_memory(error)) throw;
      throw Error(ErrorKind::model,
                  name_ + ": takes one image and not 3 in one call (" + reason_of(error, name_) +
                      "); the file was exported for a fixed batch size: trace it with a free one, "
                      "as models/export.py does");
    }
  }

  void compare(const float* feature, const std::string& when, const char* advice) {
    const auto finite = [](float value) { return std::isfinite(value); };
    const std::string subject = name_ + ": self-test" + when;
    if (!std::all_of(feature, feature + dim_, finite)) {
      throw Error(ErrorKind::model, subject +
                                        ": a value of the feature is not finite; export the model "
                                        "again with models/export.py");
    }
    for (std::size_t i = 0; i < card_.self_test_values.size(); ++i) {
      const std::size_t place = i * card_.self_test_stride;
      const auto found = static_cast<double>(feature[place]);
      const double wanted = card_.self_test_values[i];
      const double difference = std::abs(found - wanted) / std::max(1.0, std::abs(wanted));
      largest_difference_ = std::max(largest_difference_, difference);
      if (difference <= card_.self_test_tolerance) continue;
      throw Error(ErrorKind::model,
                  subject + ": value " + std::to_string(place) + " of the feature is " +
                      number(found) + " and its card says " + number(wanted) +
                      " with a tolerance of " + number(card_.self_test_tolerance) + advice);
    }
  }

  Encoder& encoder_;
  const ModelCard& card_;
  std::size_t dim_;
  std::string name_;  // of the model, as the encoder's errors have it
  std::array<Normalisation, 3> normalisations_;
  double largest_difference_ = 0.0;
};

}  // namespace

double run_self_test(Encoder& encoder, const ModelCard& card) {
  return SelfTest(encoder, card).run();
}

TestFeatures test_features(Encoder& encoder, const ModelCard& card) {
  const std::vector<std::uint8_t> image = test_image(card.crop_size);
  const std::array<Normalisation, 3> normalisations = test_normalisations(card);
  TestFeatures result;
  result.alone.resize(card.dim);
  encoder.encode(image.data(), normalisations.data(), 1, result.alone.data());
  std::vector<float> three(3 * card.dim);
  encoder.encode(test_batch(image).data(), normalisations.data(), 3, three.data());
  const auto second = three.begin() + static_cast<std::ptrdiff_t>(card.dim);
  result.of_three.assign(second, second + static_cast<std::ptrdiff_t>(card.dim));
  return result;
}

void check_precision(const TestFeatures& full, const TestFeatures& lower, const ModelCard& card,
                     const std::string& precision) {
  const auto check = [&](double found, const char* batch) {
    if (found >= lower_precision_cosine) return;  // false for a value that is not finite
    throw Error(ErrorKind::model, "model " + card.name + ": self-test in " + precision +
                                      ": the feature at batch " + batch + " has a cosine of " +
                                      number(found) + " to the one in float32, and " + "at least " +
                                      number(lower_precision_cosine) +
                                      " is wanted; use --precision fp32, and take " + precision +
                                      " out of precision.allowed of its card");
  };
  check(cosine(full.alone, lower.alone), "1");
  check(cosine(full.of_three, lower.of_three), "3");
}

}  // namespace histo
