#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "histo/picture.hpp"

#include "picture/region_numbers.hpp"
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
  const Image small = cluster_overlay(Image(100, 100, 255), {100, 100}, {{0, 0, 9, 9}}, {3}, 4);

  CHECK(darkest(large, {20, 20, 20, 20}) < 40);
  CHECK(darkest(small, {0, 0, 9, 9}) > 200);
}

TEST_CASE("cluster overlay: small tiles of one cluster bear a number together, in the middle") {
  // Eight pixels each: no number would fit one of them.
  std::vector<Rect> tiles;
  for (std::int64_t y = 0; y < 40; y += 8) {
    for (std::int64_t x = 0; x < 80; x += 8) tiles.push_back({x, y, 8, 8});
  }

  const Image image = cluster_overlay(Image(100, 100, 255), {100, 100}, tiles,
                                      std::vector<std::int32_t>(tiles.size(), 3), 4);

  CHECK(darkest(image, {30, 10, 20, 20}) < 40);
  CHECK(darkest(image, {0, 0, 25, 40}) > 200);
  CHECK(darkest(image, {55, 0, 25, 40}) > 200);
}

TEST_CASE("cluster overlay: tiles that hide each other leave a number to the region's rest") {
  // Three tiles whose middles lie so close together that no number would fit between them.
  const Image image =
      cluster_overlay(Image(100, 100, 255), {100, 100},
                      {{0, 0, 60, 60}, {3, 0, 60, 60}, {6, 0, 60, 60}}, {1, 2, 3}, 4);

  CHECK(darkest(image, {29, 20, 8, 20}) > 80);
  CHECK(darkest(image, {35, 10, 30, 40}) < 40);
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

TEST_CASE("number places: a region's number stands where it has most room") {
  // A narrow arm at the left of a block of 6 x 5.
  std::vector<std::int32_t> labels(12 * 5, -1);
  for (std::size_t x = 0; x < 12; ++x) labels[2 * 12 + x] = 7;
  for (std::size_t y = 0; y < 5; ++y) {
    for (std::size_t x = 5; x < 11; ++x) labels[y * 12 + x] = 7;
  }

  const auto places = histo::picture::number_places({12, 5}, labels, {});

  REQUIRE(places.size() == 1);
  CHECK(places[0].label == 7);
  CHECK(places[0].y == 2);
  CHECK((places[0].x >= 5 && places[0].x <= 10));
  CHECK(places[0].room.height == 5);
}

TEST_CASE("number places: regions are joined by sides, and do not reach around the image's edge") {
  const std::vector<std::int32_t> labels = {1, -1, 1,  //
                                            2, 1,  1,  //
                                            2, 2,  1};

  const auto places = histo::picture::number_places({3, 3}, labels, {});

  REQUIRE(places.size() == 3);
  CHECK((places[0].x == 0 && places[0].y == 0));
  CHECK(places[0].room == histo::Size{1, 1});
  CHECK(places[1].label == 1);
  CHECK(places[2].label == 2);
}

TEST_CASE("number places: a region that has a number already is left out") {
  const auto places = histo::picture::number_places({3, 1}, {4, -1, 5}, {0, 1});

  REQUIRE(places.size() == 1);
  CHECK(places[0].label == 5);
}

TEST_CASE("number places: the room is a box that lies in the region, whatever its shape") {
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    const std::int64_t side = 24;
    std::vector<std::int32_t> labels(side * side, 3);
    for (int i = 0; i < 6; ++i) {
      const auto left = static_cast<std::int64_t>(random() % 20U);
      const auto top = static_cast<std::int64_t>(random() % 20U);
      const auto label = static_cast<std::int32_t>(random() % 200U) - 1;
      for (std::int64_t y = top; y < std::min(side, top + 9); ++y) {
        for (std::int64_t x = left; x < std::min(side, left + 7); ++x) {
          labels[static_cast<std::size_t>(y * side + x)] = label;
        }
      }
    }

    for (const auto& place : histo::picture::number_places({side, side}, labels, {})) {
      const std::int64_t right = place.room.width / 2;
      const std::int64_t down = place.room.height / 2;
      std::size_t strangers = 0;
      for (std::int64_t y = place.y - down; y <= place.y + down; ++y) {
        for (std::int64_t x = place.x - right; x <= place.x + right; ++x) {
          const bool is_outside = x < 0 || y < 0 || x >= side || y >= side;
          if (is_outside || labels[static_cast<std::size_t>(y * side + x)] != place.label) {
            ++strangers;
          }
        }
      }
      CHECK(strangers == 0);
    }
  }
}
