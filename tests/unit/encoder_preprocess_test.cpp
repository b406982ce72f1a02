#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "histo/encoder.hpp"

#include "core/fingerprint.hpp"
#include "support/catch.hpp"
#include "unit/encoder_fixture.hpp"

using histo::Image;
using histo::Interpolation;
using histo::ModelCard;
using histo::ResizeMode;
using histo::test::noise;

namespace {

ModelCard card_of(std::int64_t resize, std::int64_t crop, Interpolation interpolation) {
  ModelCard card;
  card.resize_size = resize;
  card.crop_size = crop;
  card.interpolation = interpolation;
  return card;
}

struct Golden {
  histo::Size tile;
  std::int64_t resize;
  std::int64_t crop;
  Interpolation interpolation;
  std::string digest;
};

std::string digest(const Golden& golden, ResizeMode mode) {
  ModelCard card = card_of(golden.resize, golden.crop, golden.interpolation);
  card.resize_mode = mode;
  const Image result = histo::preprocess(noise(golden.tile.width, golden.tile.height), card);
  CHECK(result.size() == histo::Size{golden.crop, golden.crop});
  const auto* bytes = reinterpret_cast<const char*>(result.data());
  return histo::sha256(std::string_view(bytes, result.bytes().size())).substr(0, 16);
}

}  // namespace

TEST_CASE("encoder: tiles are resized and cropped as torchvision does") {
  // Made with torchvision 0.15.2 and Pillow 9.5, where `noise(w, h)` is the fixture's image:
  //   t = Compose([Resize(resize, interpolation=...), CenterCrop(crop)])(noise(w, h))
  //   sha256(t.tobytes()).hexdigest()[:16]
  // The first two leave 3 and 1 pixels beside the crop, and a half is rounded to the even
  // neighbour.
  const std::vector<Golden> torchvision{
      {{60, 40}, 19, 16, Interpolation::bilinear, "de0c3c59b9a195db"},
      {{40, 61}, 17, 16, Interpolation::bilinear, "880193c01c8b3ed4"},
      {{41, 67}, 20, 20, Interpolation::bicubic, "3761b2e677c55433"},
      {{64, 64}, 32, 32, Interpolation::box, "4e0ce897d6bd9ecb"},
      {{32, 32}, 32, 29, Interpolation::bicubic, "e17bde3c89a39b87"},
      {{30, 97}, 16, 13, Interpolation::bilinear, "210785403bdc0840"}};

  for (const Golden& golden : torchvision) {
    INFO(golden.tile.width << " x " << golden.tile.height);
    CHECK(digest(golden, ResizeMode::shorter_side) == golden.digest);
  }
}

TEST_CASE("encoder: tiles are resized exactly, or only cropped, as torchvision does") {
  // Made as above, with Resize((resize, resize), ...) or without any Resize. Proportions are lost,
  // tiles grow, and an odd number of pixels is left beside the crop.
  const std::vector<Golden> exact{{{60, 40}, 19, 16, Interpolation::bilinear, "e4a143cb5fbd1820"},
                                  {{41, 67}, 20, 20, Interpolation::bicubic, "2c74b319b22cce8a"},
                                  {{30, 97}, 33, 28, Interpolation::box, "a0cd6c52c4e4b428"},
                                  {{24, 24}, 48, 48, Interpolation::bilinear, "cdebe51349ebced2"}};
  const std::vector<Golden> only_cropped{
      {{60, 41}, 0, 24, Interpolation::bilinear, "6ef538f56242cbc5"},
      {{31, 97}, 0, 16, Interpolation::bilinear, "c2b652dee27a04f1"},
      {{24, 24}, 0, 24, Interpolation::bilinear, "9b9a81ca684e0c28"}};

  for (const Golden& golden : exact) CHECK(digest(golden, ResizeMode::exact) == golden.digest);
  for (const Golden& golden : only_cropped) {
    CHECK(digest(golden, ResizeMode::none) == golden.digest);
  }
}

TEST_CASE("encoder: without resizing a tile smaller than the crop is refused with both sizes") {
  ModelCard card = card_of(24, 24, Interpolation::bicubic);
  card.name = "made";
  card.resize_mode = ResizeMode::none;

  for (const auto& [width, height, sizes] :
       {std::tuple{23, 40, "23 x 40"}, std::tuple{40, 23, "40 x 23"}}) {
    const Image tile = noise(width, height);
    const auto error = histo::test::error_of([&] { histo::preprocess(tile, card); });
    REQUIRE(error);
    CHECK(error->kind() == histo::ErrorKind::input);
    CHECK(error->what() == std::string("a tile of ") + sizes +
                               " pixels is smaller than the 24 x 24 that model made takes without "
                               "resizing; cut the tiles at least as large");
  }
}

TEST_CASE("encoder: a tile of the model's own size passes unchanged") {
  const Image tile = noise(24, 24);

  CHECK(histo::preprocess(tile, card_of(24, 24, Interpolation::bicubic)).bytes() == tile.bytes());
}

TEST_CASE("encoder: an empty tile is an error") {
  const auto error = histo::test::error_of(
      [] { histo::preprocess(Image(), card_of(24, 24, Interpolation::bicubic)); });

  REQUIRE(error);
  CHECK(histo::test::contains(error->what(), "an image of 0 x 0 pixels cannot be resized"));

  ModelCard unresized = card_of(24, 24, Interpolation::bicubic);
  unresized.resize_mode = ResizeMode::none;
  const auto same = histo::test::error_of([&] { histo::preprocess(Image(), unresized); });
  REQUIRE(same);
  CHECK(same->kind() == histo::ErrorKind::internal);
  CHECK(same->what() == std::string("a tile of 0 x 0 pixels has no centre to keep"));
}
