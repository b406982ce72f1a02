#include <array>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "encoder/self_test.hpp"
#include "support/catch.hpp"
#include "unit/encoder_fixture.hpp"

using histo::ModelCard;
using histo::Normalisation;
using histo::test::contains;
using histo::test::error_of;

namespace {

constexpr std::int64_t side = 6;
constexpr std::size_t image_bytes = 3 * side * side;

// An encoder whose features are computed by the test.
class FakeEncoder : public histo::Encoder {
 public:
  // `n` is 1 for `encode`, which takes the images one by one.
  using Feature = std::function<float(const std::uint8_t* image, std::size_t index, std::size_t n)>;

  FakeEncoder(std::size_t dim, Feature feature) : dim_(dim), feature_(std::move(feature)) {}

  std::size_t dim() const override { return dim_; }

  void encode(const std::uint8_t* pixels, const Normalisation* normalisations, std::size_t n,
              float* features) override {
    images_one_by_one += n;
    take(pixels, normalisations, n, 1, features);
  }

  void encode_in_one_call(const std::uint8_t* pixels, const Normalisation* normalisations,
                          std::size_t n, float* features) override {
    images_in_one_call.push_back(n);
    take(pixels, normalisations, n, n, features);
  }

  std::size_t images_one_by_one = 0;
  std::vector<std::size_t> images_in_one_call;
  std::vector<Normalisation> normalised;

 private:
  void take(const std::uint8_t* pixels, const Normalisation* normalisations, std::size_t n,
            std::size_t in_one_call, float* features) {
    normalised.insert(normalised.end(), normalisations, normalisations + n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < dim_; ++j) {
        features[i * dim_ + j] = feature_(pixels + i * image_bytes, j, in_one_call);
      }
    }
  }

  std::size_t dim_;
  Feature feature_;
};

ModelCard card() {
  ModelCard card;
  card.name = "fake";
  card.resize_size = card.crop_size = side;
  card.dim = 2;
  // Two corners of the test image.
  card.self_test_values = {static_cast<double>(histo::test::pattern(0, 0, 1)),
                           static_cast<double>(histo::test::pattern(side - 1, side - 1, 2))};
  return card;
}

float corners(const std::uint8_t* image, std::size_t index, std::size_t) {
  return static_cast<float>(index == 0 ? image[1] : image[image_bytes - 1]);
}

std::string failure(const FakeEncoder::Feature& feature, std::size_t dim = 2) {
  FakeEncoder encoder(dim, feature);
  const auto error = error_of([&] { histo::run_self_test(encoder, card()); });
  if (!error) return "passed";
  CHECK(error->kind() == histo::ErrorKind::model);
  return error->what();
}

}  // namespace

TEST_CASE("encoder: the self-test passes where the card's values are found") {
  CHECK(failure(corners) == "passed");
}

TEST_CASE("encoder: the self-test's tolerance grows with the value") {
  // Tolerance 1e-3, values 31 and 117.
  const auto off_by = [](float share) {
    return failure([share](const std::uint8_t* image, std::size_t index, std::size_t n) {
      return corners(image, index, n) * (1.0F + share);
    });
  };

  CHECK(off_by(0.0009F) == "passed");
  CHECK(off_by(-0.0009F) == "passed");
  CHECK(contains(off_by(0.0011F),
                 "model fake: self-test at batch 1: value 0 of the feature is 31.03"));
  CHECK(contains(off_by(-0.0011F), "and its card says 31 with a tolerance of 0.001"));
}

TEST_CASE("encoder: the self-test finds a model that mixes the images of a batch") {
  const std::string sentence =
      failure([](const std::uint8_t* image, std::size_t index, std::size_t n) {
        const float own = corners(image, index, n);
        return n == 1 ? own : own + 1.0F;
      });

  CHECK(contains(sentence, "model fake: self-test with three images in one call: value 0"));
  CHECK(
      contains(sentence, ", which it met for that image alone; it mixes the images of a batch: "));
}

TEST_CASE("encoder: the self-test finds values that are not finite beyond those of the card") {
  FakeEncoder encoder(2, [](const std::uint8_t* image, std::size_t index, std::size_t n) {
    return index == 0 ? corners(image, index, n) : std::numeric_limits<float>::quiet_NaN();
  });
  ModelCard short_card = card();
  short_card.self_test_values.resize(1);

  const auto error = error_of([&] { histo::run_self_test(encoder, short_card); });

  REQUIRE(error);
  CHECK(error->what() ==
        std::string(
            "model fake: self-test at batch 1: a value of the feature is not finite; export the "
            "model again with models/export.py"));
}

TEST_CASE("encoder: the self-test finds features of another length") {
  CHECK(failure(corners, 3) == "model fake: self-test: features have 3 values and its card says 2");
}

TEST_CASE("encoder: the self-test calls the model as extraction does, and with three at once") {
  FakeEncoder encoder(2, corners);

  histo::run_self_test(encoder, card());

  CHECK(encoder.images_in_one_call == std::vector<std::size_t>{1, 3});
  CHECK(encoder.images_one_by_one == 3);
}

TEST_CASE("encoder: the self-test finds an encoder that takes one image of several otherwise") {
  std::size_t calls = 0;
  const std::string sentence =
      failure([&calls](const std::uint8_t* image, std::size_t index, std::size_t n) {
        // Values of the one image alone, of three in one call, then of three one by one.
        return corners(image, index, n) + (++calls > 8 ? 1.0F : 0.0F);
      });

  CHECK(contains(sentence, "model fake: self-test at batch 3: value 0"));
}

TEST_CASE("encoder: the self-test gives the largest difference, relative to values above 1") {
  FakeEncoder exact(2, corners);
  FakeEncoder off(2, [](const std::uint8_t* image, std::size_t index, std::size_t n) {
    return corners(image, index, n) * (index == 0 ? 1.0F : 1.0005F);
  });

  CHECK(histo::run_self_test(exact, card()) == 0.0);
  CHECK(histo::run_self_test(off, card()) == histo::test::Approx(0.0005).margin(1e-7));
}

TEST_CASE("encoder: the self-test compares values that lie a stride apart") {
  ModelCard strided = card();
  strided.dim = 7;
  strided.self_test_stride = 6;
  const auto last = [](const std::uint8_t* image, std::size_t index, std::size_t n) {
    if (index != 0 && index != 6) return -1.0F;
    return corners(image, index, n);
  };
  FakeEncoder encoder(7, last);

  CHECK(histo::run_self_test(encoder, strided) == 0.0);
  strided.self_test_stride = 5;
  const auto error = error_of([&] { histo::run_self_test(encoder, strided); });
  REQUIRE(error);
  CHECK(contains(error->what(), "value 5 of the feature is -1 and its card says 117"));
}

TEST_CASE("encoder: the self-test normalises as the card says, or with 0.5 and 0.25") {
  FakeEncoder encoder(2, corners);
  ModelCard stated = card();
  stated.normalisation = Normalisation{{0.1, 0.2, 0.3}, {0.4, 0.5, 0.6}};

  histo::run_self_test(encoder, stated);
  REQUIRE(encoder.normalised.size() == 7);
  for (const Normalisation& each : encoder.normalised) {
    CHECK(each.mean == stated.normalisation->mean);
    CHECK(each.deviation == stated.normalisation->deviation);
  }

  encoder.normalised.clear();
  histo::run_self_test(encoder, card());
  for (const Normalisation& each : encoder.normalised) {
    CHECK(each.mean == std::array<double, 3>{0.5, 0.5, 0.5});
    CHECK(each.deviation == std::array<double, 3>{0.25, 0.25, 0.25});
  }
}

TEST_CASE("encoder: a model that takes one image and not three was exported for a fixed batch") {
  CHECK(failure([](const std::uint8_t* image, std::size_t index, std::size_t n) {
          if (n > 1) {
            throw histo::Error(histo::ErrorKind::model, "model fake: shapes differ; do something");
          }
          return corners(image, index, n);
        }) ==
        "model fake: takes one image and not 3 in one call (shapes differ); the file was "
        "exported for a fixed batch size: trace it with a free one, as models/export.py does");
}

TEST_CASE("encoder: the self-test leaves a device without memory its own sentence") {
  CHECK(failure([](const std::uint8_t* image, std::size_t index, std::size_t n) {
          if (n > 1) {
            throw histo::Error(histo::ErrorKind::model, "model fake: CUDA out of memory; wait");
          }
          return corners(image, index, n);
        }) == "model fake: CUDA out of memory; wait");
}
