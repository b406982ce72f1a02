#include <string>
#include <string_view>
#include <vector>

#include "histo/encoder.hpp"

#include "core/fingerprint.hpp"
#include "support/catch.hpp"
#include "unit/encoder_fixture.hpp"

using histo::Image;
using histo::Interpolation;
using histo::ModelCard;
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
    const Image result =
        histo::preprocess(noise(golden.tile.width, golden.tile.height),
                          card_of(golden.resize, golden.crop, golden.interpolation));

    const auto* bytes = reinterpret_cast<const char*>(result.data());
    CHECK(result.size() == histo::Size{golden.crop, golden.crop});
    CHECK(histo::sha256(std::string_view(bytes, result.bytes().size())).substr(0, 16) ==
          golden.digest);
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
}
