#include <algorithm>
#include <string>
#include <vector>

#include "histo/picture.hpp"

#include "support/catch.hpp"

using histo::cluster_colour;
using histo::cluster_overlay;
using histo::Colour;
using histo::ErrorKind;
using histo::Image;
using histo::Rect;
using histo::test::error_of;

namespace {

constexpr Colour white{255, 255, 255};

Colour pixel(const Image& image, std::int64_t x, std::int64_t y) {
  const std::uint8_t* at = image.row(y) + 3 * x;
  return {at[0], at[1], at[2]};
}

/// Within columns [from, to).
std::size_t pixels_of(const Image& image, Colour colour, std::int64_t from, std::int64_t to) {
  std::size_t count = 0;
  for (std::int64_t y = 0; y < image.height(); ++y) {
    for (std::int64_t x = from; x < to; ++x) {
      if (pixel(image, x, y) == colour) ++count;
    }
  }
  return count;
}

/// Of a white pixel: 45 % white, 55 % colour.
Colour tinted_white(Colour colour) {
  const auto mix = [](std::uint8_t part) {
    return static_cast<std::uint8_t>(0.45 * 255 + 0.55 * part + 0.5);
  };
  return {mix(colour.red), mix(colour.green), mix(colour.blue)};
}

int darkest(const Image& image, const Rect& area) {
  int result = 255;
  for (std::int64_t y = area.y; y < area.y + area.height; ++y) {
    for (std::int64_t x = area.x; x < area.x + area.width; ++x) {
      const Colour here = pixel(image, x, y);
      result = std::min({result, std::max({int{here.red}, int{here.green}, int{here.blue}})});
    }
  }
  return result;
}

std::string message(const Image& thumbnail, const std::vector<Rect>& tiles,
                    const std::vector<std::int32_t>& labels) {
  const auto error = error_of([&] { cluster_overlay(thumbnail, {100, 100}, tiles, labels, 4); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  return error->what();
}

}  // namespace

TEST_CASE("cluster overlay: a tile is tinted inside and has its full colour at the rim") {
  const Image image =
      cluster_overlay(Image(200, 100, 255), {2000, 1000}, {{400, 200, 400, 400}}, {1}, 8);

  CHECK(pixel(image, 40, 20) == cluster_colour(1));
  CHECK(pixel(image, 79, 59) == cluster_colour(1));
  CHECK(pixel(image, 45, 25) == tinted_white(cluster_colour(1)));
  CHECK(pixel(image, 39, 20) == white);
  CHECK(pixel(image, 80, 59) == white);
}

TEST_CASE("cluster overlay: tissue under a tint stays darker than glass") {
  Image thumbnail(100, 100, 255);
  for (std::int64_t x = 0; x < 100; ++x)
    thumbnail.row(10)[3 * x] = thumbnail.row(10)[3 * x + 1] = 0;

  const Image image = cluster_overlay(thumbnail, {100, 100}, {{0, 0, 60, 60}}, {0}, 2);

  CHECK(pixel(image, 20, 10).red < pixel(image, 20, 11).red);
  CHECK(pixel(image, 20, 10).green < pixel(image, 20, 11).green);
}

TEST_CASE("cluster overlay: neighbours of one cluster have no rim between them") {
  const Image image =
      cluster_overlay(Image(100, 100, 255), {100, 100},
                      {{0, 0, 40, 40}, {40, 0, 40, 40}, {0, 40, 40, 40}}, {3, 3, 2}, 4);

  CHECK(pixel(image, 40, 4) == tinted_white(cluster_colour(3)));
  CHECK(pixel(image, 4, 39) == cluster_colour(3));
  CHECK(pixel(image, 4, 40) == cluster_colour(2));
}

TEST_CASE("cluster overlay: where tiles overlap the nearer centre has the pixel") {
  for (const bool turned : {false, true}) {
    std::vector<Rect> tiles{{0, 0, 20, 20}, {10, 0, 20, 20}};
    std::vector<std::int32_t> labels{0, 1};
    if (turned) {
      std::swap(tiles[0], tiles[1]);
      std::swap(labels[0], labels[1]);
    }

    const Image image = cluster_overlay(Image(100, 40, 255), {100, 40}, tiles, labels, 2);

    CHECK(pixel(image, 14, 3) == cluster_colour(0));
    CHECK(pixel(image, 15, 3) == cluster_colour(1));
  }
}

TEST_CASE("cluster overlay: tiles too small for a rim are tinted, each with a pixel at least") {
  const Image image = cluster_overlay(Image(100, 100, 255), {10000, 10000},
                                      {{1000, 1000, 500, 500}, {5010, 5010, 20, 20}}, {0, 1}, 2);

  CHECK(pixel(image, 10, 10) == tinted_white(cluster_colour(0)));
  CHECK(pixel(image, 14, 14) == tinted_white(cluster_colour(0)));
  CHECK(pixel(image, 15, 15) == white);
  CHECK(pixel(image, 50, 50) == tinted_white(cluster_colour(1)));
  CHECK(pixel(image, 51, 50) == white);
}

TEST_CASE("cluster overlay: a large tile bears its number, a small one does not") {
  const Image large = cluster_overlay(Image(100, 100, 255), {100, 100}, {{0, 0, 60, 60}}, {3}, 4);
  const Image small = cluster_overlay(Image(100, 100, 255), {100, 100}, {{0, 0, 15, 15}}, {3}, 4);

  CHECK(darkest(large, {20, 20, 20, 20}) < 40);
  CHECK(darkest(small, {0, 0, 15, 15}) > 200);
}

TEST_CASE("cluster overlay: a number keeps to what is seen of its tile") {
  // Three tiles whose middles lie so close together that no number would fit between them.
  const Image image =
      cluster_overlay(Image(100, 100, 255), {100, 100},
                      {{0, 0, 60, 60}, {3, 0, 60, 60}, {6, 0, 60, 60}}, {3, 3, 3}, 4);

  CHECK(darkest(image, {20, 20, 26, 20}) > 200);
}

TEST_CASE("cluster overlay: a tile outside the slide changes nothing but the shares") {
  const Image image = cluster_overlay(Image(50, 50, 255), {50, 50},
                                      {{500, 500, 40, 40}, {-90, 0, 40, 40}}, {0, 1}, 2);

  CHECK(pixels_of(image, white, 0, 50) == 50U * static_cast<std::size_t>(image.height()));
  CHECK(pixels_of(image, cluster_colour(0), 50, image.width()) > 50);
}

TEST_CASE("cluster overlay: the legend shows the clusters that have tiles and no others") {
  const Image image = cluster_overlay(Image(200, 300, 255), {200, 300},
                                      {{0, 0, 40, 40}, {40, 0, 40, 40}}, {2, 5}, 8);

  CHECK(image.width() > 200);
  CHECK(image.height() == 300);
  for (const std::int32_t label : {2, 5}) {
    CHECK(pixels_of(image, cluster_colour(label), 200, image.width()) > 100);
  }
  for (const std::int32_t label : {0, 1, 3, 4, 6, 7}) {
    CHECK(pixels_of(image, cluster_colour(label), 200, image.width()) == 0);
  }
}

TEST_CASE("cluster overlay: a legend of many clusters finds room beside a small thumbnail") {
  std::vector<Rect> tiles;
  std::vector<std::int32_t> labels;
  for (std::int32_t label = 0; label < 128; ++label) {
    tiles.push_back({label * 10, 0, 10, 10});
    labels.push_back(label);
  }

  const Image image = cluster_overlay(Image(128, 40, 255), {1280, 400}, tiles, labels, 128);

  CHECK(image.width() < 2500);
  CHECK(image.height() < 500);
  for (const std::int32_t label : labels) {
    CHECK(pixels_of(image, cluster_colour(label), 128, image.width()) > 100);
  }
}

TEST_CASE("cluster overlay: no tiles leave the thumbnail as it is") {
  const Image image = cluster_overlay(Image(300, 200, 137), {300, 200}, {}, {}, 8);

  CHECK(pixels_of(image, {137, 137, 137}, 0, 300) == 60000);
}

TEST_CASE("cluster overlay: thumbnails one pixel wide or high are drawn") {
  for (const histo::Size size : {histo::Size{1, 1}, {1, 400}, {400, 1}}) {
    const Image image = cluster_overlay(Image(size.width, size.height, 255), {40000, 40000},
                                        {{0, 0, 40000, 40000}}, {1}, 2);

    CHECK(image.height() >= size.height);
    CHECK(pixel(image, 0, 0) == tinted_white(cluster_colour(1)));
    CHECK(pixel(image, size.width - 1, size.height - 1) == tinted_white(cluster_colour(1)));
  }
}

TEST_CASE("cluster overlay: tens of thousands of tiles are each in their place") {
  std::vector<Rect> tiles;
  std::vector<std::int32_t> labels;
  for (std::int64_t y = 0; y < 200; ++y) {
    for (std::int64_t x = 0; x < 200; ++x) {
      tiles.push_back({x * 500, y * 500, 500, 500});
      labels.push_back(static_cast<std::int32_t>((x * 7 + y * 3) % 6));
    }
  }

  const Image image = cluster_overlay(Image(1000, 1000, 255), {100000, 100000}, tiles, labels, 6);

  std::size_t wrong = 0;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Colour expected = tinted_white(cluster_colour(labels[i]));
    if (!(pixel(image, tiles[i].x / 100 + 2, tiles[i].y / 100 + 2) == expected)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("cluster overlay: labels that do not fit the tiles are refused") {
  const Image thumbnail(10, 10, 255);

  CHECK(message(thumbnail, {{0, 0, 5, 5}}, {}) == "cluster_overlay was given 0 labels for 1 tiles");
  CHECK(message(thumbnail, {{0, 0, 5, 5}}, {4}) ==
        "cluster_overlay was given label 4 of 4 clusters");
  CHECK(message(thumbnail, {{0, 0, 5, 5}}, {-1}) ==
        "cluster_overlay was given label -1 of 4 clusters");
}

TEST_CASE("cluster overlay: a thumbnail without pixels is refused") {
  CHECK(message(Image(), {}, {}) ==
        "cluster_overlay was given a thumbnail of 0 x 0 and a slide of 100 x 100 pixels");
}

TEST_CASE("cluster colours: the first seven are Okabe and Ito's") {
  CHECK(cluster_colour(0) == Colour{230, 159, 0});
  CHECK(cluster_colour(1) == Colour{86, 180, 233});
  CHECK(cluster_colour(6) == Colour{204, 121, 167});
}

TEST_CASE("cluster colours: no two of 128 are alike, then they repeat") {
  for (std::int32_t a = 0; a < 128; ++a) {
    for (std::int32_t b = 0; b < a; ++b) CHECK_FALSE(cluster_colour(a) == cluster_colour(b));
  }
  CHECK(cluster_colour(128) == cluster_colour(0));
}

TEST_CASE("cluster colours: a negative label is refused") {
  const auto error = error_of([] { cluster_colour(-1); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) == "cluster_colour was given label -1, below 0");
}
