// The search in bands, and OpenCV's own functions on the whole image as the measure.

#include <algorithm>
#include <functional>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "histo/error.hpp"
#include "histo/tissue.hpp"

#include "core/opencv_view.hpp"
#include "support/catch.hpp"
#include "support/noise.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

// Blobs of noise on noisy glass: the blurred values spread over most of the range.
Image spotted(std::int64_t width, std::int64_t height) {
  Image image = test::noise(width, height);
  for (std::int64_t y = 0; y < height; ++y) {
    std::uint8_t* row = image.row(y);
    for (std::int64_t x = 0; x < width; ++x) {
      const bool inside = (x / 23 + y / 17) % 3 == 0;
      for (int c = 0; c < 3; ++c) {
        std::uint8_t& value = row[3 * x + c];
        value = static_cast<std::uint8_t>(inside ? 60 + value / 3 : 225 + value / 16);
      }
    }
  }
  return image;
}

Tissue in_bands(const Image& image, const TissueOptions& options, std::int64_t rows) {
  TissueFinder finder(image.size(), image.size(), options);
  for (std::int64_t y = 0; y < image.height(); y += rows) {
    finder.add({image.row(y), image.width(), std::min(rows, image.height() - y), image.stride()});
  }
  return finder.finish();
}

cv::Mat grey_of(const Image& image) {
  cv::Mat grey;
  cv::cvtColor(opencv_view(image.view()), grey, cv::COLOR_RGB2GRAY);
  return grey;
}

bool same(const Mask& mask, const cv::Mat& wanted) {
  return cv::countNonZero(opencv_view(mask.view()) != wanted) == 0;
}

int opencv_otsu(std::vector<std::uint8_t> values) {
  values.erase(std::remove_if(values.begin(), values.end(),
                              [](std::uint8_t value) { return value == 0 || value == 255; }),
               values.end());
  cv::Mat ignored;
  return static_cast<int>(cv::threshold(values, ignored, 0, 1, cv::THRESH_OTSU));
}

// HistoPrep's rule, with OpenCV on the whole image at once.
void check_otsu(const Image& image, double sigma, std::int64_t rows) {
  TissueOptions options;
  options.sigma = sigma;
  options.multiplier = 1.0;
  cv::Mat grey = grey_of(image);
  const int half = static_cast<int>(3.5 * sigma + 0.5) / 2;
  if (sigma > 0) {
    cv::GaussianBlur(grey, grey, {2 * half + 1, 2 * half + 1}, sigma, sigma);
  }
  const int threshold = opencv_otsu({grey.datastart, grey.dataend});
  cv::threshold(grey, grey, threshold, 1, cv::THRESH_BINARY_INV);

  const Tissue tissue = in_bands(image, options, rows);

  INFO("sigma " << sigma << ", bands of " << rows << " rows, image " << image.width() << " x "
                << image.height());
  CHECK(tissue.threshold == threshold);
  CHECK(same(tissue.mask, grey));
}

std::string internal_error(const std::function<void()>& act) {
  const auto error = error_of(act);
  return error && error->kind() == ErrorKind::internal ? error->what() : "no internal error";
}

}  // namespace

TEST_CASE("tissue finder: bands of any height give what OpenCV gives for the whole image") {
  const Image image = spotted(211, 407);

  for (const double sigma : {0.0, 0.3, 1.0, 2.0, 7.3}) {
    for (const std::int64_t rows : {1, 2, 61, 64, 100, 407}) check_otsu(image, sigma, rows);
  }
}

TEST_CASE("tissue finder: a blur wider than the image is OpenCV's, too") {
  // Dark at the left, so that such a blur leaves something to part.
  Image image = spotted(70, 40);
  for (std::int64_t y = 0; y < 40; ++y) std::fill_n(image.row(y), 3 * 25, std::uint8_t{30});
  check_otsu(image, 20.0, 7);
  check_otsu(spotted(300, 3), 4.0, 1);
  check_otsu(spotted(3, 300), 4.0, 100);
}

TEST_CASE("tissue finder: Otsu's threshold is OpenCV's on scattered values") {
  // Few values far apart: between two of them every threshold is as good but for rounding.
  TissueOptions options;
  options.sigma = 0;
  options.multiplier = 1.0;
  const std::vector<std::uint8_t> random = test::noise(200, 10).bytes();
  for (std::size_t i = 0; i + 8 <= random.size(); i += 8) {
    Image image(64, 64);
    for (std::size_t k = 0; k < 64 * 64; ++k) {
      const std::uint8_t grey = random[i + random[(i + k * 7) % random.size()] % (2 + i % 7)];
      std::fill_n(image.data() + 3 * k, 3, grey);
    }
    cv::Mat grey = grey_of(image);

    const Tissue tissue = detect_tissue(image, {64, 64}, options);

    INFO("case " << i);
    CHECK(tissue.threshold == opencv_otsu({grey.datastart, grey.dataend}));
  }
}

TEST_CASE("tissue finder: saturation is CLAM's rule, in bands of any height") {
  Image image = spotted(150, 310);
  for (std::int64_t y = 40; y < 260; ++y) {
    // A saturation that hovers about the threshold, so that the median matters.
    for (std::int64_t x = 20; x < 130; ++x) {
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(200 + pixel[0] % 8);
      pixel[1] = static_cast<std::uint8_t>(pixel[0] - pixel[1] % 14);
      pixel[2] = static_cast<std::uint8_t>(pixel[0] - pixel[2] % 12);
    }
  }
  for (const int threshold : {8, 15, 200}) {
    cv::Mat hsv;
    cv::cvtColor(opencv_view(image.view()), hsv, cv::COLOR_RGB2HSV);
    cv::Mat wanted;
    cv::extractChannel(hsv, wanted, 1);
    cv::medianBlur(wanted, wanted, 7);
    cv::threshold(wanted, wanted, threshold, 1, cv::THRESH_BINARY);
    cv::Mat closed;
    cv::morphologyEx(wanted, closed, cv::MORPH_CLOSE, cv::Mat::ones(4, 4, CV_8U));
    TissueOptions options;
    options.method = TissueMethod::hsv;
    if (threshold != 8) options.threshold = threshold;

    for (const std::int64_t rows : {1, 64, 77, 310}) {
      const Tissue tissue = in_bands(image, options, rows);

      INFO("threshold " << threshold << ", bands of " << rows << " rows");
      CHECK(tissue.threshold == threshold);
      CHECK(same(tissue.mask, closed));
    }
    if (threshold == 8) CHECK(cv::countNonZero(closed != wanted) > 0);
  }
}

TEST_CASE("tissue finder: bands may have gaps between their rows") {
  const Image image = spotted(90, 70);
  const Image wide = spotted(100, 70);
  Image cut(90, 70);
  for (std::int64_t y = 0; y < 70; ++y) std::copy_n(wide.row(y), 3 * 90, cut.row(y));

  const Tissue tissue = detect_tissue({wide.data(), 90, 70, wide.stride()}, {90, 70}, {});

  CHECK(tissue.mask.bytes() == detect_tissue(cut, {90, 70}, {}).mask.bytes());
}

TEST_CASE("tissue finder: bands that do not make up the image are refused") {
  const Image band(20, 10, 200);
  TissueFinder finder({20, 15}, {20, 15}, {});
  finder.add(band);

  CHECK(internal_error([&] { finder.add(band); }) ==
        "a band of 20 x 10 pixels does not fit below row 10 of an image of 20 x 15");
  CHECK(internal_error([&] { finder.add(Image(19, 1)); }) ==
        "a band of 19 x 1 pixels does not fit below row 10 of an image of 20 x 15");
  CHECK(internal_error([&] { finder.finish(); }) == "only 10 of 15 rows came");
  CHECK(internal_error([] {
          TissueFinder({0, 5}, {10, 10}, {});
        }) == "tissue is looked for in an image without pixels");
  TissueOptions options;
  options.method = TissueMethod::picture;
  CHECK(internal_error([&] {
          TissueFinder({5, 5}, {10, 10}, options);
        }) == "a picture of the tissue is no way to look for it");
}

TEST_CASE("tissue finder: options out of range are refused before any pixel") {
  TissueOptions options;
  options.sigma = 101;

  const auto error = error_of([&] { TissueFinder({5, 5}, {10, 10}, options); });

  REQUIRE(error);
  CHECK(contains(error->what(), "--sigma must lie in [0, 100], got 101"));
}
