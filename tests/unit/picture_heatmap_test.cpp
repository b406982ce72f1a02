#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "histo/picture.hpp"

#include "picture/words.hpp"
#include "support/catch.hpp"

using histo::Colour;
using histo::ErrorKind;
using histo::Image;
using histo::label_overlay;
using histo::LabelLegend;
using histo::Rect;
using histo::score_colour;
using histo::score_overlay;
using histo::score_sheet;
using histo::ScoreField;
using histo::ScorePaint;
using histo::test::contains;
using histo::test::error_of;

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

Colour pixel(const Image& image, std::int64_t x, std::int64_t y) {
  const std::uint8_t* at = image.row(y) + 3 * x;
  return {at[0], at[1], at[2]};
}

bool is_near(Colour a, Colour b, int most) {
  return std::abs(a.red - b.red) <= most && std::abs(a.green - b.green) <= most &&
         std::abs(a.blue - b.blue) <= most;
}

bool has_ink(const Image& image, std::int64_t from) {
  for (std::int64_t y = 0; y < image.height(); ++y) {
    for (std::int64_t x = from; x < image.width(); ++x) {
      if (pixel(image, x, y).red < 80) return true;
    }
  }
  return false;
}

double lightness(Colour colour) {
  const auto linear = [](std::uint8_t part) {
    const double value = part / 255.0;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  const double luminance =
      0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue);
  return 116.0 * std::cbrt(luminance) - 16.0;
}

std::string message(const ScoreField& field, const ScorePaint& paint) {
  const Image thumbnail(8, 8, 255);
  const auto error = error_of([&] { score_overlay(thumbnail, {80, 80}, field, paint); });
  return error && error->kind() == ErrorKind::internal ? error->what() : "no internal error";
}

}  // namespace

TEST_CASE("score colours: viridis as matplotlib has it, to one step of 255") {
  CHECK(score_colour(0.0) == Colour{68, 1, 84});
  CHECK(score_colour(1.0) == Colour{253, 231, 37});
  CHECK(is_near(score_colour(128.0 / 255.0), {33, 145, 140}, 1));
  CHECK(is_near(score_colour(64.0 / 255.0), {59, 82, 139}, 1));
}

TEST_CASE("score colours: lightness rises with the score") {
  double before = -1.0;
  for (int i = 0; i <= 100; ++i) {
    const double now = lightness(score_colour(i / 100.0));
    CHECK(now > before);
    before = now;
  }
}

TEST_CASE("score colours: a share beyond the limits is an error") {
  for (const double share : {-0.1, 1.1, nothing}) {
    const auto error = error_of([share] { score_colour(share); });
    REQUIRE(error);
    CHECK(contains(error->what(), "outside [0, 1]"));
  }
}

TEST_CASE(
    "score overlay: a pixel is grey tissue mixed with the colour of the score at its middle") {
  Image thumbnail(4, 2, 255);
  thumbnail.row(0)[0] = 200;  // a pink pixel
  thumbnail.row(0)[1] = 100;
  thumbnail.row(0)[2] = 150;
  const ScoreField field{{4, 2}, 10.0, {0.0, 10.0, nothing, 5.0, 20.0, -3.0, nothing, nothing}};
  const ScorePaint paint{0.0, 10.0, 0.4, "s", "score", {}};

  const Image image = score_overlay(thumbnail, {40, 20}, field, paint);

  const auto mixed = [](int grey, Colour colour) {
    const auto part = [grey](std::uint8_t value) {
      return static_cast<std::uint8_t>(std::lround(0.6 * grey + 0.4 * value));
    };
    return Colour{part(colour.red), part(colour.green), part(colour.blue)};
  };
  const auto pink_as_grey = static_cast<int>(std::lround(0.299 * 200 + 0.587 * 100 + 0.114 * 150));
  CHECK(pixel(image, 0, 0) == mixed(pink_as_grey, score_colour(0.0)));
  CHECK(pixel(image, 1, 0) == mixed(255, score_colour(1.0)));
  CHECK(pixel(image, 2, 0) == Colour{255, 255, 255});  // no score
  CHECK(pixel(image, 3, 0) == mixed(255, score_colour(0.5)));
  CHECK(pixel(image, 0, 1) == mixed(255, score_colour(1.0)));  // beyond the limits
  CHECK(pixel(image, 1, 1) == mixed(255, score_colour(0.0)));
}

TEST_CASE("score overlay: a grid coarser than the thumbnail is painted in blocks") {
  const Image thumbnail(8, 8, 255);
  const ScoreField field{{2, 2}, 40.0, {0.0, 1.0, 1.0, 0.0}};

  const Image image = score_overlay(thumbnail, {80, 80}, field, {0.0, 1.0, 1.0, "", "", {}});

  CHECK(pixel(image, 0, 0) == score_colour(0.0));
  CHECK(pixel(image, 3, 3) == score_colour(0.0));
  CHECK(pixel(image, 4, 3) == score_colour(1.0));
  CHECK(pixel(image, 4, 4) == score_colour(0.0));
}

TEST_CASE("score overlay: equal limits paint everything in the middle colour") {
  const Image thumbnail(2, 2, 255);
  const ScoreField field{{2, 2}, 10.0, {3.0, 3.0, 3.0, 3.0}};

  const Image image = score_overlay(thumbnail, {20, 20}, field, {3.0, 3.0, 1.0, "", "", {}});

  CHECK(pixel(image, 1, 1) == score_colour(0.5));
}

TEST_CASE("score overlay: the thumbnail keeps its scale, and the legend stands at its right") {
  const Image thumbnail(300, 200, 255);
  const ScoreField field{{3, 2}, 100.0, std::vector<double>(6, nothing)};

  const Image image = score_overlay(thumbnail, {300, 200}, field,
                                    {-1.0, 1.0, 0.4, "a slide", "a score", {"a note", "another"}});

  CHECK(image.width() > 300);
  CHECK(image.height() >= 200);
  CHECK(has_ink(image, 300));
}

TEST_CASE("score overlay: what is no grid and no limits is an error") {
  const ScorePaint paint;
  CHECK(contains(message({{2, 2}, 10.0, {1.0}}, paint), "scores that are no grid"));
  CHECK(contains(message({{1, 1}, 0.0, {1.0}}, paint), "scores that are no grid"));
  CHECK(
      contains(message({{1, 1}, 80.0, {1.0}}, {1.0, 0.0, 0.4, "", "", {}}), "limits or an alpha"));
  CHECK(contains(message({{1, 1}, 80.0, {1.0}}, {nothing, 1.0, 0.4, "", "", {}}),
                 "limits or an alpha"));
  CHECK(
      contains(message({{1, 1}, 80.0, {1.0}}, {0.0, 1.0, 1.5, "", "", {}}), "limits or an alpha"));
}

TEST_CASE("label overlay: tiles have their label's tint, and those without a label are grey") {
  const Image thumbnail(60, 20, 255);
  const std::vector<Rect> tiles{{0, 0, 200, 200}, {200, 0, 200, 200}};

  const Image image =
      label_overlay(thumbnail, {600, 200}, tiles, {1, -1}, {"s", {"a", "b"}, {}, {"a note"}});

  const auto tinted = [](Colour colour) {
    const auto part = [](std::uint8_t value) {
      return static_cast<std::uint8_t>(std::lround(0.45 * 255 + 0.55 * value));
    };
    return Colour{part(colour.red), part(colour.green), part(colour.blue)};
  };
  CHECK(pixel(image, 3, 3) == tinted(histo::cluster_colour(1)));
  CHECK(pixel(image, 25, 5) == tinted({128, 128, 128}));
  CHECK(pixel(image, 50, 5) == Colour{255, 255, 255});
  CHECK(image.height() > 20);  // the legend
}

TEST_CASE("label overlay: labels, names and remarks must fit") {
  const Image thumbnail(20, 20, 255);
  const std::vector<Rect> tiles{{0, 0, 100, 100}};
  const auto refused = [&](const std::vector<std::int32_t>& labels, const LabelLegend& legend) {
    const auto error = error_of([&] {
      label_overlay(thumbnail, {200, 200}, tiles, labels, legend);
    });
    return error && contains(error->what(), "labels, names or remarks that do not fit");
  };
  CHECK(refused({1}, {"", {"a"}, {}, {}}));
  CHECK(refused({-2}, {"", {"a"}, {}, {}}));
  CHECK(refused({0, 0}, {"", {"a"}, {}, {}}));
  CHECK(refused({0}, {"", {"a"}, {"x", "y"}, {}}));
}

TEST_CASE("score sheet: a row of the highest tiles and one of the lowest, each with its words") {
  const Image tile(112, 112, 90);

  const Image image =
      score_sheet("p=tumour", {{tile, "0.9", "s", "x 0, y 0"}, {{}, "0.8", "s", ""}},
                  {{tile, "0.1", "s", "x 1, y 1"}});

  CHECK(image.width() > 2 * 112);
  CHECK(image.height() > 2 * 112);
  CHECK(has_ink(image, 0));
  std::size_t tile_pixels = 0;
  for (std::int64_t y = 0; y < image.height(); ++y) {
    for (std::int64_t x = 0; x < image.width(); ++x) {
      if (pixel(image, x, y) == Colour{90, 90, 90}) ++tile_pixels;
    }
  }
  CHECK(tile_pixels >= 2 * 112 * 112);
}

TEST_CASE("words: lines break between words, and a word that is too long is cut") {
  const histo::picture::Lettering letters{10.0, {}};
  const std::int64_t wide = histo::picture::text_width("one two", letters);

  const auto lines = histo::picture::wrapped("one two incomprehensibilities", wide, letters);

  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "one two");
  CHECK(contains(lines[1], "..."));
  CHECK(histo::picture::text_width(lines[1], letters) <= wide);
  CHECK(histo::picture::wrapped("", wide, letters).empty());
}
