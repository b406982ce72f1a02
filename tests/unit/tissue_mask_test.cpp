// Masks: of one tile, made elsewhere, and without small pieces and holes.

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "histo/error.hpp"
#include "histo/slide.hpp"
#include "histo/tissue.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "core/opencv_view.hpp"
#include "support/catch.hpp"
#include "support/noise.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::error_of;
using histo::test::shared_file;
using histo::test::tissue_image;

namespace {

std::string drawn(const Mask& mask) {
  std::string text;
  for (std::int64_t y = 0; y < mask.height(); ++y) {
    for (std::int64_t x = 0; x < mask.width(); ++x) text += mask.row(y)[x] == 1 ? '#' : '.';
    text += '\n';
  }
  return text;
}

// '#' is tissue.
Image picture_of(const std::vector<std::string>& rows) {
  Image picture(static_cast<std::int64_t>(rows[0].size()), static_cast<std::int64_t>(rows.size()));
  for (std::size_t y = 0; y < rows.size(); ++y) {
    for (std::size_t x = 0; x < rows[y].size(); ++x) {
      const std::uint8_t value = rows[y][x] == '#' ? 255 : 0;
      std::fill_n(picture.row(static_cast<std::int64_t>(y)) + 3 * x, 3, value);
    }
  }
  return picture;
}

TissueOptions areas(double min_area, double fill_holes) {
  TissueOptions options;
  options.min_area = min_area;
  options.fill_holes = fill_holes;
  return options;
}

std::string cleaned(const std::vector<std::string>& rows, const TissueOptions& options) {
  const Image picture = picture_of(rows);
  return drawn(tissue_from_mask(picture, picture.size(), options).mask);
}

std::string input_error(const Image& picture, Size slide) {
  const auto error = error_of([&] { tissue_from_mask(picture, slide); });
  return error && error->kind() == ErrorKind::input ? error->what() : "no input error";
}

// What connected components of OpenCV leave.
cv::Mat by_opencv(const cv::Mat& mask, int least, int most) {
  cv::Mat kept = mask.clone();
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centres;
  cv::connectedComponentsWithStats(mask, labels, stats, centres, 8);
  for (int i = 1; i < stats.rows; ++i) {
    if (stats.at<int>(i, cv::CC_STAT_AREA) < least) kept.setTo(0, labels == i);
  }
  const cv::Mat background = 1 - kept;
  cv::connectedComponentsWithStats(background, labels, stats, centres, 4);
  for (int i = 1; i < stats.rows; ++i) {
    const cv::Rect box(stats.at<int>(i, cv::CC_STAT_LEFT), stats.at<int>(i, cv::CC_STAT_TOP),
                       stats.at<int>(i, cv::CC_STAT_WIDTH), stats.at<int>(i, cv::CC_STAT_HEIGHT));
    const bool inside = box.x > 0 && box.y > 0 && box.br().x < mask.cols && box.br().y < mask.rows;
    if (inside && stats.at<int>(i, cv::CC_STAT_AREA) <= most) kept.setTo(1, labels == i);
  }
  return kept;
}

}  // namespace

TEST_CASE("tissue areas: pieces below the least area go, diagonal neighbours are one piece") {
  const std::vector<std::string> rows = {"##...#", "......", "#.....", ".#...#", "..#..#"};

  CHECK(cleaned(rows, areas(3, 0)) == "......\n......\n#.....\n.#....\n..#...\n");
  CHECK(cleaned(rows, areas(2, 0)) == "##....\n......\n#.....\n.#...#\n..#..#\n");
}

TEST_CASE("tissue areas: holes up to the area are filled, the border's background never") {
  const std::vector<std::string> rows = {".######", "#######", "##.##.#", "####..#", "######."};

  CHECK(cleaned(rows, areas(0, 1)) == ".######\n#######\n#####.#\n####..#\n######.\n");
  CHECK(cleaned(rows, areas(0, 3)) == ".######\n#######\n#######\n#######\n######.\n");
}

TEST_CASE("tissue areas: a speck in a hole goes first, so that the hole is filled whole") {
  const std::vector<std::string> rows = {"#####", "#...#", "#.#.#", "#...#", "#####"};

  CHECK(cleaned(rows, areas(2, 9)) == "#####\n#####\n#####\n#####\n#####\n");
  CHECK(cleaned(rows, areas(2, 8)) == "#####\n#...#\n#...#\n#...#\n#####\n");
}

TEST_CASE("tissue areas: they are level-0 pixels squared at any scale of the mask") {
  const Image picture = picture_of({"#...", "...#", "...#"});
  const auto share = [&](double min_area) {
    return tissue_share(tissue_from_mask(picture, {400, 300}, areas(min_area, 0)));
  };

  CHECK(share(10000) == Approx(3.0 / 12));
  CHECK(share(10001) == Approx(2.0 / 12));
  CHECK(share(20001) == 0.0);
}

TEST_CASE("tissue areas: noise is cleaned as OpenCV's connected components say") {
  const std::vector<std::uint8_t> bytes = test::noise(120, 3 * 90).bytes();
  for (const int tissue_of_16 : {3, 6, 8, 11}) {
    Image picture(120, 90);
    for (std::size_t i = 0; i < 120 * 90; ++i) {
      const bool is_tissue = bytes[7 * i % bytes.size()] % 16 < tissue_of_16;
      std::fill_n(picture.data() + 3 * i, 3, is_tissue ? std::uint8_t{1} : std::uint8_t{0});
    }
    cv::Mat mask;
    cv::extractChannel(opencv_view(picture.view()), mask, 0);
    for (const int least : {0, 2, 7, 1000}) {
      for (const int most : {0, 1, 5, 10000}) {
        const Tissue tissue = tissue_from_mask(picture, {120, 90}, areas(least, most));

        INFO("tissue " << tissue_of_16 << " / 16, least " << least << ", most " << most);
        CHECK(cv::countNonZero(opencv_view(tissue.mask.view()) != by_opencv(mask, least, most)) ==
              0);
      }
    }
  }
}

TEST_CASE("tissue areas: they hold for tissue that is found, too") {
  Image image = tissue_image({200, 200}, {20, 20, 100, 100});
  for (std::int64_t y = 60; y < 70; ++y) std::fill_n(image.row(y) + 180, 30, std::uint8_t{242});
  for (std::int64_t y = 160; y < 165; ++y) std::fill_n(image.row(y) + 480, 15, std::uint8_t{90});
  TissueOptions options = areas(100, 200);

  for (const TissueMethod method : {TissueMethod::otsu, TissueMethod::hsv}) {
    options.method = method;
    const Tissue tissue = detect_tissue(image, {200, 200}, options);

    INFO(name_of(method));
    CHECK(tissue.mask.row(65)[65] == 1);
    CHECK(tissue.mask.row(162)[162] == 0);
  }
}

TEST_CASE("tissue mask: a picture's bright pixels are tissue") {
  Image picture = picture_of({"#..", "...", "..#"});
  picture.row(1)[3] = 128;  // red alone
  picture.row(1)[8] = 127;

  const Tissue tissue = tissue_from_mask(picture, {300, 300});

  CHECK(drawn(tissue.mask) == "#..\n.#.\n..#\n");
  CHECK(tissue.method == TissueMethod::picture);
  CHECK(background_share(tissue, {100, 100, 100, 100}) == 0.0);
  CHECK(background_share(tissue, {200, 100, 100, 100}) == 1.0);
}

TEST_CASE("tissue mask: in a picture of zeros and ones, one is tissue") {
  Image picture(2, 2);
  picture.row(1)[3] = picture.row(1)[4] = picture.row(1)[5] = 1;

  CHECK(drawn(tissue_from_mask(picture, {2, 2}).mask) == "..\n.#\n");
}

TEST_CASE("tissue mask: an empty picture has no tissue and is no error") {
  CHECK(tissue_share(tissue_from_mask(Image(3, 3), {30, 30})) == 0.0);
}

TEST_CASE("tissue mask: a picture of another shape is refused, rounding is not") {
  CHECK(input_error(Image(100, 50), {1000, 900}) ==
        "the tissue mask is 100 x 50 pixels and the slide 1000 x 900: the mask's height is 44.4 % "
        "off, at most 2 % is; a mask covers the whole slide");
  CHECK(input_error(Image(200, 103), {1000, 500}) ==
        "the tissue mask is 200 x 103 pixels and the slide 1000 x 500: the mask's height is 3 % "
        "off, at most 2 % is; a mask covers the whole slide");
  CHECK(input_error(Image(200, 102), {1000, 500}) == "no input error");
  CHECK(input_error(Image(10, 7), {1000, 625}) == "no input error");
  CHECK(input_error(Image(), {1000, 625}) == "the tissue mask has no pixels");
}

TEST_CASE("tissue mask: values that could mean anything are refused") {
  CHECK(input_error(Image(4, 4, 3), {40, 40}) ==
        "the tissue mask's largest value is 3, and tissue is 1, or 128 to 255");
}

TEST_CASE("tile mask: HistoPrep's, with the slide's threshold at the tile's resolution") {
  const Image tile = test::noise(64, 48);
  cv::Mat wanted;
  cv::cvtColor(opencv_view(tile.view()), wanted, cv::COLOR_RGB2GRAY);
  cv::GaussianBlur(wanted, wanted, {5, 5}, 1.0, 1.0);
  cv::threshold(wanted, wanted, 126, 1, cv::THRESH_BINARY_INV);
  Tissue tissue;
  tissue.threshold = 126;

  const Mask mask = tile_mask(tile, {0, 0, 64, 48}, tissue);

  CHECK(cv::countNonZero(opencv_view(mask.view()) != wanted) == 0);
  CHECK(cv::countNonZero(wanted) > 1000);
  CHECK(cv::countNonZero(wanted) < 2000);
}

TEST_CASE("tile mask: HistoPrep's own share of background on real tiles") {
  const auto table_file = shared_file("oracles/histoprep/cmu_default/metadata.csv");
  const auto slide_file = shared_file("data/slides/cmu-1-small-region.svs");
  SKIP_WITHOUT(table_file, "oracles/histoprep");
  SKIP_WITHOUT(slide_file, "cmu-1-small-region.svs");
  const CsvTable table = parse_csv(read_text(*table_file), "table");
  const Slide slide(*slide_file);
  const Tissue tissue = detect_tissue(slide.read_level(0), slide.size(), {});

  for (const std::vector<std::string>& row : table.rows) {
    const auto cell = [&](const char* name) { return row[table.column(name)]; };
    const Rect place{std::stoll(cell("x")), std::stoll(cell("y")), 512, 512};

    const Mask mask = tile_mask(slide.read(place, 0), place, tissue);

    INFO("tile " << place.x << " " << place.y);
    const double share = 1.0 - cv::mean(opencv_view(mask.view()))[0];
    CHECK(std::round(share * 1000) / 1000 == Approx(std::stod(cell("background"))));
  }
  CHECK(table.rows.size() == 13);
}

TEST_CASE("tile mask: by saturation where the slide's tissue is") {
  const Image tile = tissue_image({80, 80}, {0, 0, 40, 80});
  TissueOptions options;
  options.method = TissueMethod::hsv;
  const Tissue tissue = detect_tissue(tile, {80, 80}, options);

  CHECK(tile_mask(tile, {0, 0, 80, 80}, tissue).bytes() == tissue.mask.bytes());
  CHECK(tissue_share(tissue) == Approx(0.5).margin(0.02));
}

TEST_CASE("tile mask: a picture's own pixels, enlarged, with nothing outside the slide") {
  const Tissue tissue = tissue_from_mask(picture_of({".#", "#."}), {200, 200});

  CHECK(drawn(tile_mask(Image(4, 2), {50, 0, 200, 200}, tissue)) == ".##.\n#...\n");
  CHECK(drawn(tile_mask(Image(2, 2), {-100, -100, 200, 200}, tissue)) == "..\n..\n");
}

TEST_CASE("tile mask: a tile without pixels is refused") {
  const auto error = error_of([] { tile_mask(Image(), {0, 0, 1, 1}, Tissue()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) == "the mask of a tile without pixels is asked for");
}

TEST_CASE("tissue methods have names") {
  CHECK(name_of(TissueMethod::otsu) == "otsu");
  CHECK(name_of(TissueMethod::hsv) == "hsv");
  CHECK(name_of(TissueMethod::picture) == "picture");
}
