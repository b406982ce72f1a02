// Slides that have no tissue by brightness.

#include <algorithm>

#include "histo/codec.hpp"
#include "histo/slide.hpp"
#include "histo/tissue.hpp"

#include "core/files.hpp"
#include "support/catch.hpp"
#include "support/noise.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::contains;
using histo::test::shared_file;
using histo::test::tissue_image;

namespace {

// Glass of one brightness with even noise of +-`spread` grey levels.
Image glass(int brightness, int spread) {
  Image image = test::noise(300, 300);
  std::uint8_t* bytes = image.data();
  for (std::size_t i = 0; i < image.bytes().size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(brightness + bytes[i] % (2 * spread + 1) - spread);
  }
  return image;
}

// Bright blue spots that fade into black: stained nuclei under ultraviolet light.
Image fluorescence() {
  Image image = glass(3, 2);
  for (std::int64_t y = 0; y < 300; ++y) {
    for (std::int64_t x = 0; x < 300; ++x) {
      const std::int64_t dx = x % 60 - 30;
      const std::int64_t dy = y % 60 - 30;
      const std::int64_t light = 255 - (dx * dx + dy * dy) / 2;
      if (light > 0) image.row(y)[3 * x + 2] = static_cast<std::uint8_t>(light);
    }
  }
  return image;
}

Tissue search(const Image& image, const TissueOptions& options = {}) {
  return detect_tissue(image, image.size(), options);
}

void check_dark(const Tissue& tissue) {
  CHECK(tissue.dark_field);
  CHECK(tissue_share(tissue) == 0.0);
  CHECK(contains(tissue.reason, "the slide is bright on black, as fluorescence is"));
  CHECK(contains(tissue.reason, "--tissue-mask"));
}

void check_bright(const Tissue& tissue) {
  CHECK_FALSE(tissue.dark_field);
  CHECK(tissue.reason.empty());
  CHECK(tissue_share(tissue) > 0.0);
}

}  // namespace

TEST_CASE("tissue doubt: what is bright on black has no tissue, by any rule") {
  TissueOptions saturation;
  saturation.method = TissueMethod::hsv;

  check_dark(search(fluorescence()));
  check_dark(search(fluorescence(), saturation));
}

TEST_CASE("tissue doubt: a threshold that is given is obeyed on a dark slide, which stays known") {
  TissueOptions options;
  options.threshold = 20;

  const Tissue tissue = search(fluorescence(), options);

  CHECK(tissue.dark_field);
  CHECK(tissue.reason.empty());
  CHECK(tissue_share(tissue) > 0.1);
}

TEST_CASE("tissue doubt: a slide without any light is dark and not all tissue") {
  check_dark(search(Image(50, 50, 0)));
}

TEST_CASE("tissue doubt: black padding around a stained section is not a dark slide") {
  Image padded(400, 400, 0);
  const Image section = tissue_image({150, 150}, {20, 20, 100, 100});
  for (std::int64_t y = 0; y < 150; ++y) {
    std::copy_n(section.row(y), section.stride(), padded.row(y + 100) + 300);
  }

  check_bright(search(padded));
}

TEST_CASE("tissue doubt: black ink on a third of the tissue is not a dark slide") {
  Image inked = tissue_image({300, 300}, {50, 50, 200, 200});
  for (std::int64_t y = 50; y < 110; ++y) {
    std::fill_n(inked.row(y) + 150, 600, static_cast<std::uint8_t>(15 + y % 5));
  }

  check_bright(search(inked));
}

TEST_CASE("tissue doubt: noise on glass is blank and not half tissue") {
  for (const int spread : {1, 3, 8}) {
    const Tissue tissue = search(glass(235, spread));

    INFO("spread " << spread << ", contrast " << tissue.contrast);
    CHECK(tissue_share(tissue) == 0.0);
    CHECK(contains(tissue.reason,
                   "the slide looks blank: its darker and its brighter pixels "
                   "differ by only "));
    CHECK(contains(tissue.reason, " of 255 grey levels; --threshold finds paler tissue"));
    CHECK_FALSE(tissue.dark_field);
  }
}

TEST_CASE("tissue doubt: a white slide is blank after JPEG's losses") {
  Image image = glass(252, 3);
  image = [&] {
    const std::vector<std::uint8_t> bytes = encode_jpeg(image.view(), 50);
    return decode_image(bytes.data(), bytes.size(), "white");
  }();

  const Tissue tissue = search(image);

  CHECK(contains(tissue.reason, "looks blank"));
  CHECK(tissue_share(tissue) == 0.0);
}

TEST_CASE("tissue doubt: a slide of one colour is blank") {
  CHECK(contains(search(Image(40, 40, 255)).reason, "differ by only 0 of 255"));
  CHECK(contains(search(Image(40, 40, 230)).reason, "differ by only 0 of 255"));
}

TEST_CASE("tissue doubt: pale tissue that stands out by 15 grey levels is found") {
  Image image = glass(240, 2);
  for (std::int64_t y = 100; y < 200; ++y) {
    for (std::int64_t i = 300; i < 600; ++i) image.row(y)[i] = static_cast<std::uint8_t>(225);
  }
  TissueOptions options;
  options.multiplier = 1.0;

  const Tissue tissue = search(image, options);

  check_bright(tissue);
  CHECK(tissue.contrast == Approx(15).margin(1));
  CHECK(tissue_share(tissue) == Approx(1.0 / 9).margin(0.01));
}

TEST_CASE("tissue doubt: a threshold that is given is obeyed on a blank slide") {
  TissueOptions options;
  options.threshold = 255;

  const Tissue tissue = search(glass(235, 2), options);

  CHECK(tissue.reason.empty());
  CHECK(tissue_share(tissue) == 1.0);
}

TEST_CASE("tissue doubt: real slides and fields of view are stained, the fluorescence is not") {
  const auto data = shared_file("data");
  SKIP_WITHOUT(data, "slides");
  const auto search_level = [](const Slide& slide, int level) {
    return detect_tissue(slide.read_level(level), slide.size(), {});
  };

  const Slide fluorescent(*data / "slides/fluorescence-dapi.ndpi");
  for (int level = 0; level < fluorescent.level_count(); ++level) {
    check_dark(search_level(fluorescent, level));
  }
  for (const char* name :
       {"slides/cmu-1-small-region.svs", "slides/prostate-ink.tiff", "slides/tissue-array.tiff",
        "images/slide.jpeg", "images/slide_with_ink.jpeg", "images/tma_spots.jpeg"}) {
    INFO(name);
    const Slide slide(*data / name);
    check_bright(search_level(slide, slide.level_count() - 1));
    check_bright(search_level(slide, slide.level_within(8192)));
  }
  std::size_t fields = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*data / "tiles")) {
    if (!entry.is_regular_file()) continue;
    INFO(entry.path().string());
    const std::vector<std::uint8_t> bytes = read_file(entry.path());
    check_bright(search(decode_image(bytes.data(), bytes.size(), "field")));
    ++fields;
  }
  CHECK(fields > 1000);
}
