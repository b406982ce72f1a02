#include "histo/tissue.hpp"

#include <algorithm>
#include <cmath>

#include "histo/error.hpp"

#include "support/catch.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::error_of;
using histo::test::tissue_image;

namespace {

std::string message(const TissueOptions& options) {
  const auto error = error_of([&] { validate(options); });
  return error && error->kind() == ErrorKind::usage ? error->what() : "no usage error";
}

// Left half tissue, right half glass; no blur, so that the border is exact.
Tissue half_and_half() {
  TissueOptions options;
  options.sigma = 0;
  return detect_tissue(tissue_image({100, 50}, {0, 0, 50, 50}), {1000, 500}, options);
}

}  // namespace

TEST_CASE("tissue: Otsu's threshold parts tissue from glass") {
  const Tissue tissue = half_and_half();

  CHECK(tissue.threshold > 120);
  CHECK(tissue.threshold < 240);
  CHECK(tissue_share(tissue) == Approx(0.5));
  CHECK(tissue.mask.row(10)[49] == 1);
  CHECK(tissue.mask.row(10)[50] == 0);
}

TEST_CASE("tissue: the threshold is inclusive") {
  Image image(2, 1, 100);
  image.row(0)[3] = image.row(0)[4] = image.row(0)[5] = 101;
  TissueOptions options;
  options.sigma = 0;
  options.threshold = 100;

  const Tissue tissue = detect_tissue(image, {2, 1}, options);

  CHECK(tissue.mask.row(0)[0] == 1);
  CHECK(tissue.mask.row(0)[1] == 0);
}

TEST_CASE("tissue: the multiplier scales Otsu's threshold and rounds half up") {
  TissueOptions options;
  options.sigma = 0;
  options.multiplier = 1.0;
  const Image image = tissue_image({100, 50}, {0, 0, 50, 50});
  const int plain = detect_tissue(image, {100, 50}, options).threshold;

  options.multiplier = 1.05;
  CHECK(detect_tissue(image, {100, 50}, options).threshold == static_cast<int>(plain * 1.05 + 0.5));
  options.multiplier = 100;
  CHECK(detect_tissue(image, {100, 50}, options).threshold == 255);
}

TEST_CASE("tissue: pure black and pure white do not drag the threshold") {
  TissueOptions options;
  options.sigma = 0;
  Image padded = tissue_image({100, 100}, {0, 0, 50, 50});
  const Image cut = tissue_image({100, 50}, {0, 0, 50, 50});
  std::fill(padded.row(50), padded.row(75), std::uint8_t{0});
  std::fill(padded.row(75), padded.data() + padded.bytes().size(), std::uint8_t{255});

  CHECK(detect_tissue(padded, {100, 100}, options).threshold ==
        detect_tissue(cut, {100, 50}, options).threshold);
}

TEST_CASE("tissue: an image of one pure colour has threshold 0 and does not fail") {
  const Tissue tissue = detect_tissue(Image(10, 10, 255), {10, 10}, {});

  CHECK(tissue.threshold == 0);
  CHECK(tissue_share(tissue) == 0.0);
}

TEST_CASE("tissue: blurring removes a speck") {
  Image image(21, 21, 230);
  std::fill(image.row(10) + 30, image.row(10) + 33, std::uint8_t{90});
  TissueOptions options;
  options.threshold = 150;

  options.sigma = 0;
  CHECK(tissue_share(detect_tissue(image, {21, 21}, options)) > 0);
  options.sigma = 2;
  CHECK(tissue_share(detect_tissue(image, {21, 21}, options)) == 0.0);
}

TEST_CASE("tissue: a tile's background is the share of its mask that is not tissue") {
  const Tissue tissue = half_and_half();

  CHECK(background_share(tissue, {0, 0, 500, 500}) == 0.0);
  CHECK(background_share(tissue, {500, 0, 500, 500}) == 1.0);
  CHECK(background_share(tissue, {250, 0, 500, 500}) == Approx(0.5));
}

TEST_CASE("tissue: what lies outside the slide is background") {
  const Tissue tissue = half_and_half();

  CHECK(background_share(tissue, {0, 250, 500, 500}) == Approx(0.5));
  CHECK(background_share(tissue, {-500, 0, 500, 500}) == 1.0);
  CHECK(background_share(tissue, {5000, 5000, 500, 500}) == 1.0);
}

TEST_CASE("tissue: a tile smaller than a mask pixel is looked up in one pixel") {
  const Tissue tissue = half_and_half();

  CHECK(background_share(tissue, {100, 100, 2, 2}) == 0.0);
  CHECK(background_share(tissue, {900, 100, 2, 2}) == 1.0);
}

TEST_CASE("tissue: each axis has its own downsample") {
  // HistoPrep divides x by the height's downsample; here that would look in the wrong half.
  TissueOptions options;
  options.sigma = 0;
  const Tissue tissue =
      detect_tissue(tissue_image({100, 50}, {0, 0, 50, 50}), {1000, 1000}, options);

  CHECK(background_share(tissue, {400, 0, 100, 1000}) == 0.0);
  CHECK(background_share(tissue, {500, 0, 100, 1000}) == 1.0);
}

TEST_CASE("tissue: the picture shows tissue black and background white") {
  const Mask picture = tissue_picture(half_and_half());

  CHECK(picture.row(0)[0] == 0);
  CHECK(picture.row(0)[99] == 255);
}

TEST_CASE("tissue: options out of range are named with their values") {
  TissueOptions options;
  options.threshold = 256;
  CHECK(message(options) == "--threshold must lie in [0, 255], got 256");
  options = {};
  options.multiplier = -1;
  CHECK(message(options) == "--multiplier must be at least 0, got -1");
  options = {};
  options.max_dimension = 0;
  CHECK(message(options) == "--max-dimension must be at least 1, got 0");
  options = {};
  options.sigma = -0.5;
  CHECK(message(options) == "--sigma must lie in [0, 100], got -0.5");
  options = {};
  options.min_area = -1;
  CHECK(message(options) == "--min-area must be at least 0 pixels squared, got -1");
  options = {};
  options.fill_holes = std::nan("");
  CHECK(message(options) == "--fill-holes must be at least 0 pixels squared, got nan");
}
