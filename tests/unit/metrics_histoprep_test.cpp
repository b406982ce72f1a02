#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/metrics.hpp"

#include "support/catch.hpp"
#include "support/noise.hpp"

using histo::ErrorKind;
using histo::Image;
using histo::Mask;
using histo::metric_cells;
using histo::metric_columns;
using histo::tile_metrics;
using histo::TileMetrics;
using histo::test::error_of;
using histo::test::noise;

namespace {

constexpr std::size_t histoprep_columns = 67;

/// HistoPrep's cells, as a line of a CSV.
std::string histoprep_line(const TileMetrics& metrics) {
  const std::vector<std::string> cells = metric_cells(metrics);
  REQUIRE(cells.size() > histoprep_columns);
  std::string line = cells[0];
  for (std::size_t i = 1; i < histoprep_columns; ++i) line += "," + cells[i];
  return line;
}

void fill(Image& image, std::int64_t row, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  for (std::int64_t x = 0; x < image.width(); ++x) {
    std::uint8_t* at = image.row(row) + 3 * x;
    at[0] = red;
    at[1] = green;
    at[2] = blue;
  }
}

/// Each share and number that a cell may show, as text.
std::string background_cell(double value) {
  TileMetrics metrics;
  metrics.background = value;
  return metric_cells(metrics).front();
}

}  // namespace

// The two lines are what HistoPrep 2.0.5's get_image_metrics and polars 0.16.18 write for the same
// pixels.
TEST_CASE("metrics: noise is measured as HistoPrep measures it") {
  Mask tissue(90, 70, 1);
  for (std::int64_t y = 0; y < 70; ++y) std::fill_n(tissue.row(y), 40, std::uint8_t{0});

  const TileMetrics metrics = tile_metrics(noise(90, 70), tissue);

  CHECK(
      histoprep_line(metrics) ==
      "0.444,0.0,0.0,223.17295837402344,128.124,49.868,127.29,73.982,128.751,74.14,127.133,74.242,"
      "88.607,51.668,170.798,59.955,191.464,49.603,48,60,90,129,167,195,208,11,24,67,130,193,228,"
      "242,14,27,63,129,193,230,243,12,25,60,127,193,230,244,9,18,42,88,135,160,171,54,81,128,180,"
      "220,242,250,94,119,159,203,231,246,251");
}

TEST_CASE("metrics: with fewer than 10 tissue pixels the quantiles are those of all pixels") {
  Mask tissue(90, 70, 0);
  std::fill_n(tissue.row(3), 5, std::uint8_t{1});

  const TileMetrics metrics = tile_metrics(noise(90, 70), tissue);

  CHECK(
      histoprep_line(metrics) ==
      "0.999,0.0,0.0,223.17295837402344,128.124,49.868,127.29,73.982,128.751,74.14,127.133,74.242,"
      "88.607,51.668,170.798,59.955,191.464,49.603,47,61,90,128,167,195,209,11,24,64,127,192,229,"
      "242,13,27,64,129,194,231,242,12,24,62,126,192,231,244,9,18,44,88,133,160,170,57,82,129,180,"
      "221,243,250,94,119,161,203,232,247,251");
}

TEST_CASE("metrics: columns are HistoPrep's in its order, then our own") {
  const std::vector<std::string> columns = metric_columns();

  REQUIRE(columns.size() == histoprep_columns + 4);
  const std::vector<std::string> first(columns.begin(), columns.begin() + 8);
  CHECK(first == std::vector<std::string>{"background", "black_pixels", "white_pixels",
                                          "laplacian_std", "gray_mean", "gray_std", "red_mean",
                                          "red_std"});
  CHECK(columns[17] == "brightness_std");
  CHECK(columns[18] == "gray_q5");
  CHECK(columns[66] == "brightness_q95");
  CHECK(std::vector<std::string>(columns.begin() + 67, columns.end()) ==
        std::vector<std::string>{"focus", "pen_ink", "pure_black", "pure_white"});
  CHECK(metric_cells(TileMetrics{}).size() == columns.size());
}

TEST_CASE("metrics: numbers are printed as polars prints them") {
  CHECK(background_cell(0.0) == "0.0");
  CHECK(background_cell(1.0) == "1.0");
  CHECK(background_cell(120.0) == "120.0");
  CHECK(background_cell(27.809690475463867) == "27.809690475463867");
  CHECK(background_cell(0.1 + 0.2) == "0.30000000000000004");
  CHECK(background_cell(1.52587890625e-05) == "0.0000152587890625");
  CHECK(background_cell(1e-5) == "0.00001");
  CHECK(background_cell(3.814697265625e-06) == "3.814697265625e-6");
  CHECK(background_cell(1e-7) == "1e-7");
  CHECK(background_cell(123456789012.0) == "123456789012.0");
  CHECK(background_cell(1e16) == "1e16");
}

TEST_CASE("metrics: a mean between two roundings goes to the even one") {
  Image image(64, 64);  // of 4096 pixels, 256 times v make a mean of v / 16
  for (std::int64_t y = 0; y < 4; ++y) fill(image, y, 1, 3, 0);

  const TileMetrics metrics = tile_metrics(image, Mask(64, 64, 1));

  CHECK(metrics.channels[1].mean == 0.062);  // 0.0625
  CHECK(metrics.channels[2].mean == 0.188);  // 0.1875
}

TEST_CASE("metrics: a pixel that is black in grey alone is not pure black") {
  Image image(8, 4);  // pure black
  fill(image, 0, 0, 0, 4);
  fill(image, 1, 255, 255, 254);
  fill(image, 2, 255, 255, 255);

  const TileMetrics metrics = tile_metrics(image, Mask(8, 4, 1));

  CHECK(metrics.black_pixels == 0.5);
  CHECK(metrics.pure_black == 0.25);
  CHECK(metrics.white_pixels == 0.5);
  CHECK(metrics.pure_white == 0.25);
}

TEST_CASE("metrics: a tile of one pixel has no deviations") {
  const TileMetrics metrics = tile_metrics(Image(1, 1, 200), Mask(1, 1, 1));

  CHECK(metrics.laplacian_std == 0.0F);
  CHECK(metrics.channels[0].mean == 200.0);
  CHECK(metrics.channels[0].standard_deviation == 0.0);
  CHECK(metrics.focus == 0.0);
}

TEST_CASE("metrics: the Laplacian mirrors the border without repeating it") {
  Image image(3, 1);
  for (std::size_t i = 0; i < 3; ++i) image.data()[i] = 30;

  // Grey 30, 0, 0 has the Laplacian -60, 30, 0.
  CHECK(tile_metrics(image, Mask(3, 1, 1)).laplacian_std ==
        histo::test::Approx(37.416573867739416));
}

TEST_CASE("metrics: a tile without pixels is an error") {
  const auto error = error_of([] { tile_metrics(Image(), Mask()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) == "a tile to measure must have pixels, got 0 x 0");
}

TEST_CASE("metrics: a mask of another size is an error") {
  const auto error = error_of([] { tile_metrics(Image(8, 8), Mask(8, 4)); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) == "a tissue mask of 8 x 4 pixels does not fit a tile of 8 x 8");
}
