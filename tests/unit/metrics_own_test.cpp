#include <cstdint>
#include <string>

#include "histo/metrics.hpp"

#include "support/catch.hpp"

using histo::Image;
using histo::Mask;
using histo::tile_metrics;

namespace {

struct Rgb {
  std::uint8_t red;
  std::uint8_t green;
  std::uint8_t blue;
};

void paint(Image& image, std::int64_t from, std::int64_t to, Rgb colour) {
  for (std::int64_t y = 0; y < image.height(); ++y) {
    for (std::int64_t x = from; x < to; ++x) {
      std::uint8_t* at = image.row(y) + 3 * x;
      at[0] = colour.red;
      at[1] = colour.green;
      at[2] = colour.blue;
    }
  }
}

double ink_of(Rgb colour) {
  Image image(16, 16);
  paint(image, 0, 16, colour);
  return tile_metrics(image, Mask(16, 16, 1)).pen_ink;
}

/// Stripes 16 pixels wide of the grey values 100 and 100 + contrast, the steps between them `ramp`
/// pixels wide.
Image stripes(int contrast, int ramp) {
  Image image(128, 64);
  for (int x = 0; x < 128; ++x) {
    const int place = x % 32 < 16 ? x % 16 : 15 - x % 16;
    const int height = place < ramp ? contrast * (2 * place + 1) / (2 * ramp) : contrast;
    const auto value = static_cast<std::uint8_t>(100 + height);
    paint(image, x, x + 1, {value, value, value});
  }
  return image;
}

double focus_of(const Image& image) { return tile_metrics(image, Mask(128, 64, 1)).focus; }

}  // namespace

TEST_CASE("focus: steps between two pixels have focus 1, whatever their contrast") {
  Image image(128, 64, 100);
  for (int x = 0; x < 128; x += 32) paint(image, x, x + 16, {200, 200, 200});
  Image faint(128, 64, 100);
  for (int x = 0; x < 128; x += 32) paint(faint, x, x + 16, {115, 115, 115});

  CHECK(focus_of(image) == 1.0);
  CHECK(focus_of(faint) == 1.0);
}

TEST_CASE("focus: it falls with the width of the edges") {
  const double sharp = focus_of(stripes(120, 2));
  const double soft = focus_of(stripes(120, 4));
  const double softer = focus_of(stripes(120, 8));

  CHECK(sharp > 2 * soft);
  CHECK(soft > 2 * softer);
  CHECK(softer > 0);
}

TEST_CASE("focus: only tissue counts") {
  Image image = stripes(120, 8);
  Mask tissue(128, 64, 1);
  for (std::int64_t y = 0; y < 64; ++y) {
    for (std::int64_t x = 64; x < 128; ++x) tissue.row(y)[x] = 0;
  }
  const double before = tile_metrics(image, tissue).focus;

  for (int x = 66; x < 128; x += 4) paint(image, x, x + 2, {255, 255, 255});

  CHECK(before > 0);
  CHECK(tile_metrics(image, tissue).focus == before);
}

TEST_CASE("focus: differences below 10 are noise") {
  Image faint(128, 64, 100);
  for (int x = 0; x < 128; x += 32) paint(faint, x, x + 16, {109, 109, 109});

  CHECK(focus_of(faint) == 0.0);
}

TEST_CASE("focus: steps that run across count as those that run down") {
  Image image(64, 128, 100);
  for (std::int64_t y = 0; y < 128; y += 32) {
    for (std::int64_t row = y + 1; row < y + 17; ++row) {
      for (std::size_t i = 0; i < image.stride(); ++i) image.row(row)[i] = 200;
    }
  }

  CHECK(tile_metrics(image, Mask(64, 128, 1)).focus == 1.0);
}

TEST_CASE("focus: fewer than 100 places say nothing") {
  // Every second row counts, with the two pixels beside the step.
  Image image(16, 49, 100);
  paint(image, 8, 16, {200, 200, 200});

  CHECK(tile_metrics(image, Mask(16, 49, 1)).focus == 0.0);

  Image taller(16, 99, 100);
  paint(taller, 8, 16, {200, 200, 200});
  CHECK(tile_metrics(taller, Mask(16, 99, 1)).focus == 1.0);
}

TEST_CASE("pen ink: markers are ink") {
  CHECK(ink_of({58, 161, 139}) == 1.0);   // green on glass
  CHECK(ink_of({33, 91, 89}) == 1.0);     // green on tissue
  CHECK(ink_of({46, 91, 191}) == 1.0);    // blue
  CHECK(ink_of({16, 32, 102}) == 1.0);    // dense blue
  CHECK(ink_of({53, 55, 145}) == 1.0);    // dense blue on eosin
  CHECK(ink_of({230, 20, 40}) == 1.0);    // red
  CHECK(ink_of({20, 24, 22}) == 1.0);     // black
  CHECK(ink_of({152, 175, 220}) == 1.0);  // pale blue on glass
}

TEST_CASE("pen ink: stains, blood, glass and what is missing are not ink") {
  CHECK(ink_of({60, 40, 110}) == 0.0);    // a dark nucleus
  CHECK(ink_of({184, 140, 176}) == 0.0);  // many nuclei
  CHECK(ink_of({235, 130, 175}) == 0.0);  // eosin
  CHECK(ink_of({196, 63, 63}) == 0.0);    // blood
  CHECK(ink_of({232, 226, 228}) == 0.0);  // glass
  CHECK(ink_of({255, 255, 255}) == 0.0);
  CHECK(ink_of({0, 0, 0}) == 0.0);
}

TEST_CASE("pen ink: blocks at the right and at the bottom count by their pixels") {
  Image image(12, 10);
  paint(image, 0, 8, {235, 130, 175});
  paint(image, 8, 12, {16, 32, 102});

  CHECK(tile_metrics(image, Mask(12, 10, 1)).pen_ink == 40.0 / 120.0);
}

TEST_CASE("pen ink: a speck that its surroundings outweigh is none") {
  Image image(16, 16);
  paint(image, 0, 16, {235, 130, 175});
  paint(image, 3, 5, {16, 32, 102});

  CHECK(tile_metrics(image, Mask(16, 16, 1)).pen_ink == 0.0);
}
