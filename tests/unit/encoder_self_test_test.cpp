#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "encoder/self_test.hpp"
#include "support/catch.hpp"
#include "unit/encoder_fixture.hpp"

using histo::ModelCard;
using histo::test::contains;
using histo::test::error_of;

namespace {

constexpr std::int64_t side = 6;
constexpr std::size_t image_bytes = 3 * side * side;

// An encoder whose features are computed by the test.
class FakeEncoder : public histo::Encoder {
 public:
  using Feature = std::function<float(const std::uint8_t* image, std::size_t index, std::size_t n)>;

  FakeEncoder(std::size_t dim, Feature feature) : dim_(dim), feature_(std::move(feature)) {}

  std::size_t dim() const override { return dim_; }

  void encode(const std::uint8_t* pixels, std::size_t n, float* features) override {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < dim_; ++j) {
        features[i * dim_ + j] = feature_(pixels + i * image_bytes, j, n);
      }
    }
  }

 private:
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
  // Tolerance 1e-3, values 31 and 112.
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

  CHECK(contains(sentence, "self-test at batch 3: value 0"));
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
        std::string("model fake: self-test at batch 1: a value of the feature is not finite"));
}

TEST_CASE("encoder: the self-test finds features of another length") {
  CHECK(failure(corners, 3) == "model fake: self-test: features have 3 values and its card says 2");
}
