#include <string>
#include <vector>

#include "histo/picture.hpp"

#include "picture/canvas.hpp"
#include "support/catch.hpp"

using histo::cluster_colour;
using histo::Colour;
using histo::contact_sheet;
using histo::contact_sheet_tile;
using histo::ContactSheet;
using histo::ErrorKind;
using histo::Image;
using histo::test::error_of;

namespace {

Colour pixel(const Image& image, std::int64_t x, std::int64_t y) {
  const std::uint8_t* at = image.row(y) + 3 * x;
  return {at[0], at[1], at[2]};
}

std::size_t pixels_of(const Image& image, Colour colour) {
  std::size_t count = 0;
  for (std::int64_t y = 0; y < image.height(); ++y) {
    for (std::int64_t x = 0; x < image.width(); ++x) {
      if (pixel(image, x, y) == colour) ++count;
    }
  }
  return count;
}

Image plain(std::int64_t width, std::int64_t height, Colour colour) {
  Image image(width, height);
  histo::picture::fill(image, {0, 0, width, height}, colour);
  return image;
}

ContactSheet sheet_of(std::size_t clusters) {
  ContactSheet sheet;
  sheet.tiles = 10 * clusters;
  for (std::size_t i = 0; i < clusters; ++i) sheet.clusters.push_back({10, {}, {}});
  return sheet;
}

}  // namespace

TEST_CASE("contact sheet tile: 112 pixels along the longer side") {
  CHECK(contact_sheet_tile(Image(512, 512)).size() == histo::Size{112, 112});
  CHECK(contact_sheet_tile(Image(512, 256)).size() == histo::Size{112, 56});
  CHECK(contact_sheet_tile(Image(20, 40)).size() == histo::Size{56, 112});
  CHECK(contact_sheet_tile(Image(1, 1000)).size() == histo::Size{1, 112});
}

TEST_CASE("contact sheet tile: shrinking averages") {
  Image stripes(224, 224, 0);
  for (std::int64_t y = 0; y < 224; y += 2) {
    for (std::int64_t x = 0; x < 224; ++x) histo::picture::set_pixel(stripes, x, y, {200, 100, 50});
  }

  CHECK(pixel(contact_sheet_tile(stripes), 56, 56) == Colour{100, 50, 25});
}

TEST_CASE("contact sheet tile: one that has the size already stays as it is") {
  Image tile(112, 112, 3);
  tile.row(50)[100] = 250;

  CHECK(contact_sheet_tile(tile).bytes() == tile.bytes());
}

TEST_CASE("contact sheet tile: an empty tile is refused") {
  const auto error = error_of([] { contact_sheet_tile(Image()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) == "contact_sheet_tile was given an empty tile");
}

TEST_CASE("contact sheet: each cluster has a bar in its colour and its tiles in order") {
  ContactSheet sheet = sheet_of(2);
  sheet.clusters[0].nearest = {plain(50, 50, {1, 2, 3}), plain(300, 300, {4, 5, 6})};
  sheet.clusters[1].nearest = {plain(112, 112, {7, 8, 9})};

  const Image image = contact_sheet(sheet);

  CHECK(pixels_of(image, {1, 2, 3}) == 112 * 112);
  CHECK(pixels_of(image, {4, 5, 6}) == 112 * 112);
  CHECK(pixels_of(image, {7, 8, 9}) == 112 * 112);
  for (const std::int32_t label : {0, 1}) {
    const std::size_t bar = pixels_of(image, cluster_colour(label));
    CHECK(bar > 4000);
    CHECK(bar < 44 * 112);  // the number stands on it
  }
  const std::int64_t first_row = 90;
  const std::int64_t second_row = first_row + 118;
  CHECK(pixel(image, 10, first_row) == cluster_colour(0));
  CHECK(pixel(image, 10, second_row) == cluster_colour(1));
  CHECK(pixel(image, 200, first_row) == Colour{1, 2, 3});
  CHECK(pixel(image, 320, first_row) == Colour{4, 5, 6});
  CHECK(pixel(image, 200, second_row) == Colour{7, 8, 9});
  CHECK(pixel(image, 320, second_row) == Colour{255, 255, 255});
}

TEST_CASE(
    "contact sheet: tiles that are not square keep their shape, in the middle of their place") {
  ContactSheet sheet = sheet_of(1);
  sheet.clusters[0].nearest = {plain(224, 112, {1, 2, 3})};

  const Image image = contact_sheet(sheet);

  CHECK(pixels_of(image, {1, 2, 3}) == 112 * 56);
  CHECK(pixel(image, 250, 74 + 56) == Colour{1, 2, 3});
  CHECK(pixel(image, 250, 74 + 20) == Colour{255, 255, 255});
}

TEST_CASE("contact sheet: tiles at random stand apart, in one line for all clusters") {
  ContactSheet sheet = sheet_of(2);
  sheet.clusters[0].nearest = {plain(112, 112, {1, 2, 3}), plain(112, 112, {1, 2, 3})};
  sheet.clusters[0].random = {plain(112, 112, {4, 5, 6})};
  sheet.clusters[1].nearest = {plain(112, 112, {1, 2, 3})};
  sheet.clusters[1].random = {plain(112, 112, {7, 8, 9})};

  const Image image = contact_sheet(sheet);

  const std::int64_t nearest_end = 6 + 190 + 2 * 118 - 6;
  const std::int64_t random_start = nearest_end + 34;
  for (const std::int64_t row : {90, 90 + 118}) {
    CHECK(pixel(image, random_start - 1, row) == Colour{255, 255, 255});
  }
  CHECK(pixel(image, nearest_end - 1, 90) == Colour{1, 2, 3});
  CHECK(pixel(image, random_start, 90) == Colour{4, 5, 6});
  CHECK(pixel(image, random_start, 90 + 118) == Colour{7, 8, 9});
}

TEST_CASE("contact sheet: each block has a caption above it, again after every 16 rows") {
  ContactSheet sheet = sheet_of(17);
  for (auto& cluster : sheet.clusters) {
    cluster.nearest = {plain(112, 112, {255, 255, 255})};
    cluster.random = {plain(112, 112, {255, 255, 255})};
  }

  const Image image = contact_sheet(sheet);

  const auto has_letters = [&image](std::int64_t left, std::int64_t top, std::int64_t bottom) {
    for (std::int64_t y = top; y < bottom; ++y) {
      for (std::int64_t x = left; x < left + 60; ++x) {
        if (pixel(image, x, y).red < 128) return true;
      }
    }
    return false;
  };
  const std::int64_t row_16 = 44 + 2 * 30 + 16 * 118;
  CHECK(image.height() == row_16 + 118 + 6);
  for (const std::int64_t left : {6 + 190, 6 + 190 + 112 + 34}) {
    CHECK(has_letters(left, 44, 44 + 30));
    CHECK_FALSE(has_letters(left, 44 + 30, row_16 - 30));
    CHECK(has_letters(left, row_16 - 30, row_16));
    CHECK_FALSE(has_letters(left, row_16, image.height()));
  }
}

TEST_CASE("contact sheet: a sheet of tiles at random alone has no room for others") {
  ContactSheet sheet = sheet_of(1);
  sheet.clusters[0].random = {plain(112, 112, {4, 5, 6})};

  const Image image = contact_sheet(sheet);

  CHECK(pixel(image, 6 + 190, 90) == Colour{4, 5, 6});
}

TEST_CASE("contact sheet: an empty tile is refused") {
  ContactSheet sheet = sheet_of(1);
  sheet.clusters[0].random = {Image()};

  const auto error = error_of([&] { contact_sheet(sheet); });

  REQUIRE(error);
  CHECK(std::string(error->what()) == "contact_sheet_tile was given an empty tile");
}

TEST_CASE("contact sheet: clusters without tiles to show have their row all the same") {
  const Image image = contact_sheet(sheet_of(3));

  for (const std::int32_t label : {0, 1, 2}) CHECK(pixels_of(image, cluster_colour(label)) > 4000);
}

TEST_CASE("contact sheet: no clusters give a title") {
  const Image image = contact_sheet({});

  CHECK(image.height() < 100);
  CHECK(pixels_of(image, {255, 255, 255}) <
        static_cast<std::size_t>(image.width() * image.height()));
}

TEST_CASE("contact sheet: 128 clusters stand below each other, more side by side") {
  const Image full = contact_sheet(sheet_of(128));
  const Image wider = contact_sheet(sheet_of(1000));

  CHECK(full.height() < 16000);
  CHECK(wider.height() == full.height());
  CHECK(wider.width() < 8 * 300);
  CHECK(pixel(wider, 6 + 224 + 3, 47) == cluster_colour(128));
}

TEST_CASE("captions: numbers are grouped by thousands") {
  using histo::picture::grouped;
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1204) == "1,204");
  CHECK(grouped(1234567) == "1,234,567");
}

TEST_CASE("captions: one of a thing stands in the singular") {
  CHECK(histo::picture::grouped_count(1, "tile") == "1 tile");
  CHECK(histo::picture::grouped_count(0, "tile") == "0 tiles");
  CHECK(histo::picture::grouped_count(10034, "tile") == "10,034 tiles");
}

TEST_CASE("captions: a share has one digit after the point and is never nothing by rounding") {
  using histo::picture::percentage;
  CHECK(percentage(12, 100) == "12.0 %");
  CHECK(percentage(1, 3) == "33.3 %");
  CHECK(percentage(3, 3) == "100.0 %");
  CHECK(percentage(0, 5) == "0 %");
  CHECK(percentage(0, 0) == "0 %");
  CHECK(percentage(1, 1000) == "0.1 %");
  CHECK(percentage(1, 100000) == "< 0.1 %");
}
