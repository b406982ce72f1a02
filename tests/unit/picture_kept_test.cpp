#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "histo/picture.hpp"

#include "support/catch.hpp"

using histo::Colour;
using histo::ErrorKind;
using histo::Image;
using histo::kept_picture;
using histo::KeptLegend;
using histo::Mask;
using histo::Rect;
using histo::Size;
using histo::SortedTiles;
using histo::test::error_of;

namespace {

constexpr Colour kept_blue{0, 114, 178};
constexpr Colour outside_orange{213, 94, 0};
constexpr Colour tissue_pink{200, 60, 120};

Colour pixel(const Image& image, std::int64_t x, std::int64_t y) {
  const std::uint8_t* at = image.row(y) + 3 * x;
  return {at[0], at[1], at[2]};
}

std::size_t pixels_of(const Image& image, Colour colour, const Rect& area) {
  std::size_t count = 0;
  for (std::int64_t y = area.y; y < area.y + area.height; ++y) {
    for (std::int64_t x = area.x; x < area.x + area.width; ++x) {
      if (pixel(image, x, y) == colour) ++count;
    }
  }
  return count;
}

bool same(const Image& a, const Image& b) { return a.bytes() == b.bytes(); }

bool is_grey(Colour colour) { return colour.red == colour.green && colour.green == colour.blue; }

/// All of one colour.
Image plain(Size size, Colour colour) {
  Image image(size.width, size.height);
  for (std::int64_t i = 0; i < size.width * size.height; ++i) {
    std::uint8_t* at = image.data() + 3 * i;
    at[0] = colour.red;
    at[1] = colour.green;
    at[2] = colour.blue;
  }
  return image;
}

/// Tissue everywhere but in the lower half.
Mask upper_half(Size size) {
  Mask mask(size.width, size.height);
  for (std::int64_t y = 0; y < size.height / 2; ++y) std::fill_n(mask.row(y), size.width, 1);
  return mask;
}

/// A slide of 1000 x 800 at a tenth: tissue above, the left tile kept.
Image two_tiles(const SortedTiles& tiles, const KeptLegend& legend = {}) {
  return kept_picture(plain({100, 80}, tissue_pink), {1000, 800}, upper_half({50, 40}), tiles,
                      legend);
}

std::string message(const Image& thumbnail, Size slide, const Mask& mask) {
  const auto error = error_of([&] { kept_picture(thumbnail, slide, mask, {}, {}); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  return error->what();
}

}  // namespace

TEST_CASE("kept picture: kept tissue has its own colours, tissue left out is paler") {
  const Image image = two_tiles({{{0, 0, 400, 800}}, {{{400, 0, 600, 800}, 0.5}}, {}});

  CHECK(pixel(image, 20, 20) == tissue_pink);
  const Colour faded = pixel(image, 90, 20);
  CHECK(faded.green > tissue_pink.green + 40);
  CHECK(faded.red > faded.green);
}

TEST_CASE("kept picture: what is not tissue is drained of colour, in kept tiles it is brighter") {
  const Image image = two_tiles({{{0, 0, 400, 800}}, {{{400, 0, 600, 800}, 0.5}}, {}});

  CHECK(is_grey(pixel(image, 20, 60)));
  const Colour veiled = pixel(image, 90, 60);
  CHECK(std::abs(veiled.red - veiled.green) < 10);
  CHECK(pixel(image, 20, 60).red > veiled.red + 20);
}

TEST_CASE("kept picture: the kept tiles have one border around them all, two pixels within") {
  const Image image = two_tiles({{{0, 0, 400, 400}, {400, 0, 400, 400}}, {}, {}});

  for (const std::int64_t x : {1, 39, 41, 79}) {
    CHECK(pixel(image, x, 0) == kept_blue);
    CHECK(pixel(image, x, 1) == kept_blue);
    CHECK(pixel(image, x, 39) == kept_blue);
    CHECK_FALSE(pixel(image, x, 40) == kept_blue);
  }
  CHECK(pixel(image, 0, 20) == kept_blue);
  CHECK(pixel(image, 79, 20) == kept_blue);
  CHECK_FALSE(pixel(image, 80, 20) == kept_blue);
  // Between the two only a faint line.
  CHECK_FALSE(pixel(image, 40, 20) == kept_blue);
  CHECK_FALSE(pixel(image, 40, 20) == tissue_pink);
  CHECK_FALSE(pixel(image, 39, 20) == kept_blue);
}

TEST_CASE("kept picture: tiles that annotations shut out have an orange border") {
  const Image image = two_tiles({{{0, 0, 400, 800}}, {}, {{400, 0, 400, 800}}});

  CHECK(pixel(image, 79, 60) == outside_orange);
  CHECK(pixel(image, 60, 79) == outside_orange);
  CHECK(pixel(image, 39, 60) == kept_blue);
}

TEST_CASE("kept picture: where tiles overlap, what one of them keeps is kept") {
  const Image image = two_tiles({{{0, 0, 600, 400}}, {{{300, 0, 600, 400}, 0.2}}, {}});

  CHECK(pixel(image, 50, 10) == tissue_pink);
  CHECK_FALSE(pixel(image, 70, 10) == tissue_pink);
}

TEST_CASE("kept picture: a tile that was left out bears its share of tissue if it has any") {
  const auto drawn = [](double share) {
    return kept_picture(plain({200, 160}, {255, 255, 255}), {200, 160}, Mask(20, 16),
                        {{}, {{{0, 0, 200, 160}, share}}, {}}, {});
  };

  CHECK(same(drawn(0.0), drawn(0.0099)));
  CHECK(same(drawn(0.24), drawn(0.2499)));
  CHECK_FALSE(same(drawn(0.24), drawn(0.25)));
  CHECK_FALSE(same(drawn(0.0), drawn(0.01)));
}

TEST_CASE("kept picture: tiles too small for a number have none") {
  const auto drawn = [](double share) {
    return kept_picture(plain({200, 160}, {255, 255, 255}), {200, 160}, Mask(20, 16),
                        {{}, {{{0, 0, 30, 30}, share}}, {}}, {});
  };

  CHECK(same(drawn(0.0), drawn(0.2)));
}

TEST_CASE("kept picture: the legend is below a wide thumbnail and beside a high one") {
  KeptLegend legend;
  legend.title = "a slide";
  const Image wide =
      kept_picture(plain({900, 300}, tissue_pink), {900, 300}, Mask(9, 3), {}, legend);
  const Image high =
      kept_picture(plain({300, 900}, tissue_pink), {300, 900}, Mask(3, 9), {}, legend);

  CHECK(wide.width() == 900);
  CHECK(wide.height() > 320);
  CHECK(high.height() == 900);
  CHECK(high.width() > 400);
}

TEST_CASE("kept picture: the legend names the regions only where there are any") {
  const Image without = two_tiles({{{0, 0, 400, 800}}, {}, {}});
  const Image with = two_tiles({{{0, 0, 400, 800}}, {}, {{400, 0, 400, 800}}});
  const auto in_legend = [](const Image& image, Colour colour) {
    return pixels_of(image, colour, {0, 80, image.width(), image.height() - 80});
  };

  CHECK(in_legend(without, kept_blue) > 50);
  CHECK(in_legend(without, outside_orange) == 0);
  CHECK(in_legend(with, outside_orange) > 50);
}

TEST_CASE("kept picture: every line of the legend takes its place, long ones several") {
  KeptLegend legend;
  const std::int64_t bare = two_tiles({}, legend).height();
  legend.notes = {"tiles of 512 x 512 px"};
  const std::int64_t with_note = two_tiles({}, legend).height();
  legend.notes = {std::string(60, 'a') + " " + std::string(60, 'b') + " " + std::string(60, 'c')};

  const std::int64_t with_long_note = two_tiles({}, legend).height();

  CHECK(with_note - bare > 15);
  CHECK(with_long_note - with_note == 2 * (with_note - bare));
}

TEST_CASE("kept picture: the scale bar is as long as it says") {
  KeptLegend legend;
  legend.mpp = 0.5;
  // 4 um a pixel of the thumbnail, 1600 um in a fifth of it: the bar of 1 mm has 250 pixels.
  const Image image =
      kept_picture(plain({2000, 100}, {255, 255, 255}), {16000, 800}, Mask(20, 1), {}, legend);

  std::int64_t longest = 0;
  for (std::int64_t y = 101; y < image.height(); ++y) {
    std::int64_t run = 0;
    for (std::int64_t x = 0; x < image.width(); ++x) {
      run = pixel(image, x, y) == Colour{0, 0, 0} ? run + 1 : 0;
      longest = std::max(longest, run);
    }
  }
  CHECK(longest == 250);
}

TEST_CASE("kept picture: without a stated resolution there is no scale bar") {
  KeptLegend with_bar;
  with_bar.mpp = 0.5;

  CHECK(two_tiles({}, {}).height() < two_tiles({}, with_bar).height());
}

TEST_CASE("kept picture: a thumbnail of one pixel and tiles beyond it are drawn") {
  const Image image = kept_picture(plain({1, 1}, tissue_pink), {5000, 5000}, upper_half({2, 2}),
                                   {{{0, 0, 512, 512}}, {{{9000, 0, 512, 512}, 0.1}}, {}}, {});

  CHECK(pixel(image, 0, 0) == kept_blue);
}

TEST_CASE("kept picture: a thumbnail, slide or mask without pixels is refused") {
  CHECK(message(Image(), {10, 10}, Mask(1, 1)) ==
        "kept_picture was given a thumbnail of 0 x 0 and a slide of 10 x 10 pixels");
  CHECK(message(Image(2, 1), {0, 10}, Mask(1, 1)) ==
        "kept_picture was given a thumbnail of 2 x 1 and a slide of 0 x 10 pixels");
  CHECK(message(Image(2, 1), {10, 10}, Mask()) == "kept_picture was given an empty tissue mask");
}
