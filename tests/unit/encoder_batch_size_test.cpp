#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/encoder.hpp"

#include "encoder/batch_size.hpp"
#include "support/catch.hpp"

using histo::Error;
using histo::ErrorKind;
using histo::test::error_of;

namespace {

using Parts = std::vector<std::pair<std::size_t, std::size_t>>;

// The parts that a device takes which has room for `room` images.
Parts parts(std::size_t n, std::size_t& most, std::size_t room) {
  Parts taken;
  histo::in_parts_that_fit(n, most, [&](std::size_t first, std::size_t count) {
    if (count > room) throw Error(ErrorKind::model, "model fake: CUDA out of memory");
    taken.emplace_back(first, count);
  });
  return taken;
}

std::size_t best(const std::map<std::size_t, double>& speeds, std::vector<std::size_t>& tried) {
  return histo::best_batch([&](std::size_t batch) -> std::optional<double> {
    tried.push_back(batch);
    const auto found = speeds.find(batch);
    return found == speeds.end() ? std::nullopt : std::optional<double>(found->second);
  });
}

// Features are the first byte of an image of one byte and its normalisation's first mean.
class TinyEncoder : public histo::Encoder {
 public:
  std::size_t dim() const override { return 2; }

  void encode(const std::uint8_t* pixels, const histo::Normalisation* normalisations, std::size_t n,
              float* features) override {
    for (std::size_t i = 0; i < n; ++i) {
      features[2 * i] = static_cast<float>(pixels[i]);
      features[2 * i + 1] = static_cast<float>(normalisations[i].mean[0]);
    }
  }

  void encode_in_one_call(const std::uint8_t* pixels, const histo::Normalisation* normalisations,
                          std::size_t n, float* features) override {
    encode(pixels, normalisations, n, features);
  }
};

}  // namespace

TEST_CASE("encoder: a batch that does not fit is halved until its parts do, and stays so") {
  std::size_t most = 100;

  CHECK(parts(10, most, 3) == Parts{{0, 2}, {2, 2}, {4, 2}, {6, 2}, {8, 2}});
  CHECK(most == 2);
  CHECK(parts(3, most, 3) == Parts{{0, 2}, {2, 1}});
}

TEST_CASE("encoder: a batch that fits goes in one part, and none in none") {
  std::size_t most = 100;

  CHECK(parts(10, most, 10) == Parts{{0, 10}});
  CHECK(parts(0, most, 10).empty());
  CHECK(most == 100);
}

TEST_CASE("encoder: one image that does not fit, and every other error, leaves as it is") {
  std::size_t most = 8;
  const auto none_fits = error_of([&] { parts(4, most, 0); });
  const auto other = error_of([&] {
    histo::in_parts_that_fit(4, most, [](std::size_t, std::size_t) {
      throw Error(ErrorKind::model, "model fake: a value is not finite");
    });
  });

  REQUIRE(none_fits);
  CHECK(none_fits->what() == std::string("model fake: CUDA out of memory"));
  REQUIRE(other);
  CHECK(other->what() == std::string("model fake: a value is not finite"));
}

TEST_CASE("encoder: what a device says when memory is short is known") {
  const auto is_short = [](const std::string& text) {
    return histo::is_out_of_memory(Error(ErrorKind::model, text));
  };

  CHECK(is_short("model m: CUDA out of memory. Tried to allocate 2 GiB"));
  CHECK(is_short("model m: CUBLAS_STATUS_ALLOC_FAILED when calling"));
  CHECK_FALSE(is_short("model m: an illegal memory access was encountered"));
  CHECK_FALSE(histo::is_out_of_memory(Error(ErrorKind::input, "out of memory")));
}

TEST_CASE("encoder: the automatic batch doubles while that makes it faster by 5 percent") {
  std::vector<std::size_t> tried;

  CHECK(best({{32, 100.0}, {64, 110.0}, {128, 115.0}, {256, 900.0}}, tried) == 64);
  CHECK(tried == std::vector<std::size_t>{32, 64, 128});
}

TEST_CASE("encoder: the automatic batch ends where memory does, and at 1024") {
  std::vector<std::size_t> tried;

  CHECK(best({{32, 100.0}, {64, 200.0}}, tried) == 64);
  CHECK(best({}, tried) == 32);
  CHECK(best({{32, 1.0}, {64, 2.0}, {128, 4.0}, {256, 8.0}, {512, 16.0}, {1024, 32.0}}, tried) ==
        1024);
}

TEST_CASE("encoder: without a device of its own a batch is encoded when it is submitted") {
  TinyEncoder encoder;
  std::vector<std::uint8_t> pixels{3, 5};
  std::vector<histo::Normalisation> normalisations(2);
  normalisations[1].mean[0] = 0.5;
  std::vector<float> features(4);

  encoder.submit(pixels.data(), normalisations.data(), 2);
  pixels = {0, 0};
  encoder.fetch(features.data());

  CHECK(features == std::vector<float>{3.0F, 0.0F, 5.0F, 0.5F});
  CHECK(encoder.ahead() == 1);
  CHECK(encoder.suggested_batch() == 64);
  CHECK(encoder.take_warnings().empty());
}

TEST_CASE("encoder: batches out of turn are a bug of ours") {
  TinyEncoder encoder;
  const std::uint8_t pixel = 1;
  const histo::Normalisation normalisation;
  float feature[2] = {};

  const auto early = error_of([&] { encoder.fetch(feature); });
  encoder.submit(&pixel, &normalisation, 1);
  const auto second = error_of([&] { encoder.submit(&pixel, &normalisation, 1); });

  REQUIRE(early);
  CHECK(early->kind() == ErrorKind::internal);
  CHECK(early->what() == std::string("a batch was fetched before one was submitted"));
  REQUIRE(second);
  CHECK(second->kind() == ErrorKind::internal);
  CHECK(second->what() == std::string("a batch was submitted before the oldest one was fetched"));
}
